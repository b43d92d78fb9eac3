import type { CompiledRule } from '../rules/compiled-rule.ts';
import type { Output } from '../stream/port.ts';
import { expireEnded } from './ended-workloads.ts';
import type { JudgeContext } from './judge-context.ts';
import { judgeKey, momentOf } from './judge-key.ts';
import { isOthers } from './limit/other-key.ts';
import { settleLimits } from './limit/settle-limits.ts';

const scanEveryMs = 60_000;
/** How long a key without data is remembered: as long as the longest usual baseline. */
const idleMs = 7 * 86_400_000;
/** The same, once its rule has more than half of the keys that it may have. */
const crowdedIdleMs = 3_600_000;

/** Time passes: `for`, clearing and expiry of the keys that have an alert. Other keys cost nothing. */
export function tick(context: JudgeContext, nowMs: number): readonly Output[] {
  const { memory, plans } = context;
  const ended = expireEnded(context, nowMs);
  const limited = new Set(plans.limited);
  const outputs = memory.active().flatMap((key) => {
    const plan = plans.byId.get(key.ruleId);
    // Also where the limit is gone: it is resolved some time later.
    if (key.alert?.others) limited.add(key.ruleId);
    if (!plan || key.alert?.others) return [];
    const result = judgeKey(plan, key, momentOf(key, nowMs));
    memory.touch(key);
    return result;
  });
  if (nowMs - memory.counts.scannedMs >= scanEveryMs) forgetIdle(context, nowMs);
  return [...ended, ...outputs, ...settleLimits(context, limited, nowMs, 'tick')];
}

/** A set of members is worth as much as its members. */
function idleMsOf({ baseline }: CompiledRule): number {
  return baseline?.method === 'seen' ? Math.max(idleMs, baseline.forgetMs) : idleMs;
}

function forgetIdle({ memory, plans }: JudgeContext, nowMs: number): void {
  for (const { rule } of plans.byId.values()) {
    const keys = [...memory.keysOf(rule.id).values()];
    const keepMs = keys.length > rule.maxKeys / 2 ? crowdedIdleMs : idleMsOf(rule);
    for (const key of keys)
      if (!key.alert && nowMs - key.newestMs > keepMs && !isOthers(key.by, rule)) memory.remove(key);
  }
  memory.counts.scannedMs = nowMs;
  memory.countsChanged();
}
