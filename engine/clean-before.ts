import type { KeyState } from './key-state.ts';
import type { RulePlan } from './rule-plan.ts';

const netEvents = ({ numerator, less }: RulePlan, values: ArrayLike<number>): number =>
  (values[numerator] || 0) - (values[less] || 0);

/**
 * Trials up to `endMs` that are not taught yet and outside of the window whose sums the plan holds, if every event since
 * then is within it; else 0. A stretch is taught late so that an onset does not teach itself: what was clean just
 * before the onset is no part of it.
 */
export function cleanBefore(plan: RulePlan, key: KeyState, endMs: number): number {
  if (plan.denominator < 0 || key.alert) return 0;
  let [events, trials] = [0, 0];
  for (const bucket of key.buckets) {
    if (bucket.endMs <= key.taughtUntilMs || bucket.endMs > endMs) continue;
    events += netEvents(plan, bucket.values);
    trials += bucket.values[plan.denominator] || 0;
  }
  const { values } = plan.sums;
  return events > netEvents(plan, values) ? 0 : Math.max(0, trials - (values[plan.denominator] || 0));
}
