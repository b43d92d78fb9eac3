import type { AlertConfirmedEvent } from '../stream/events/confirmation.ts';
import type { Output } from '../stream/port.ts';
import { takeAnswer } from './confirmation.ts';
import type { JudgeContext } from './judge-context.ts';
import { momentOf, tell } from './judge-key.ts';
import { settleLimits } from './limit/settle-limits.ts';
import { takeLook } from './look.ts';

/** The answer to a rule's `confirm` has come. One that came too late, or to another episode, changes nothing. */
export function confirm(context: JudgeContext, event: AlertConfirmedEvent): readonly Output[] {
  const { memory, plans } = context;
  const { data } = event;
  const key = memory.active().find(({ alert }) => alert?.fingerprint === data.fingerprint);
  const plan = key && plans.byId.get(key.ruleId);
  if (!plan || !key.alert || key.episode !== data.episode) return [];
  const change = takeAnswer(key.alert, data);
  if (!change) return [];
  const nowMs = Date.parse(event.time);
  const look = takeLook(plan, key, momentOf(key, nowMs));
  const outputs = tell(plan, key, key.alert, look, change);
  memory.touch(key);
  return key.alert.counted ? settleLimits(context, new Set([plan.rule.id]), nowMs, 'record') : outputs;
}
