import type { RulesLoadedEvent } from '../stream/events/control.ts';
import type { Output } from '../stream/port.ts';
import { planRules, type CompileRules, type JudgeContext, type Plans } from './judge-context.ts';
import { expireKey, momentOf } from './judge-key.ts';
import { expireOthers } from './limit/tell-others.ts';
import { settleLimits } from './limit/settle-limits.ts';

/** Puts other rules in force. Rules that mean the same as before keep their state; rules that do not compile change nothing. */
export function loadRules(
  context: JudgeContext,
  compile: CompileRules,
  event: RulesLoadedEvent,
): readonly Output[] {
  const { memory } = context;
  const next = planRules(compile, event.data);
  if (!next) {
    memory.counts.refusedRules += 1;
    memory.countsChanged();
    return [];
  }
  const outputs = dropChanged(context, next, Date.parse(event.time));
  memory.setRules(event.data);
  const limited = new Set([...context.plans.limited, ...next.limited]);
  context.plans = next;
  return [...outputs, ...settleLimits(context, limited, Date.parse(event.time), 'tick')];
}

/** A rule that is gone, or whose keys mean something else now, takes its alerts and its keys with it. */
function dropChanged({ memory, plans }: JudgeContext, next: Plans, nowMs: number): readonly Output[] {
  const gone = new Map([...plans.byId].filter(([id, plan]) => next.byId.get(id)?.shape !== plan.shape));
  const outputs = memory.active().flatMap((key) => {
    const plan = gone.get(key.ruleId);
    if (!plan) return [];
    const reason = next.byId.has(key.ruleId) ? 'the rule judges other keys now' : 'the rule is gone';
    return key.alert?.others
      ? expireOthers(plan, key, nowMs, reason)
      : expireKey(plan, key, momentOf(key, nowMs), reason);
  });
  for (const id of gone.keys()) for (const key of [...memory.keysOf(id).values()]) memory.remove(key);
  return outputs;
}
