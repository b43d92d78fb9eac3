import type { WindowFigure } from './baselines/baseline.ts';
import { figureOf, nothingShown } from './figure.ts';
import type { Alert, KeyState } from './key-state.ts';
import type { RulePlan } from './rule-plan.ts';
import { takeUntil, visitWindows, type Bucket } from './windows.ts';

/** A stretch is taught only once it is this old: an onset must not teach itself before it is noticed. */
export const teachDelayMs = 5_000;

/** Teaches what is old enough (or, during an alert, notes it apart), and forgets what no window needs. */
export function settleKey(plan: RulePlan, key: KeyState): void {
  const untilMs = key.newestMs - Math.min(teachDelayMs, plan.retentionMs);
  for (const bucket of key.buckets) {
    if (bucket.endMs <= key.taughtUntilMs) continue;
    if (bucket.endMs > untilMs) break;
    learn(plan, key, bucket);
  }
  key.taughtUntilMs = Math.max(key.taughtUntilMs, untilMs);
  takeUntil(key.buckets, key.newestMs - plan.retentionMs);
}

function learn(plan: RulePlan, key: KeyState, bucket: Bucket): void {
  if (!plan.baseline || !key.baseline) return;
  if (!key.alert) plan.baseline.teach(key.baseline, figureToTeach(plan, key, bucket), bucket.endMs);
  else if (key.alert.shift)
    plan.baseline.observe(key.alert.shift, figureToTeach(plan, key, bucket), bucket.endMs);
}

/**
 * Counts are taught bucket by bucket, so that each is taught once. A level is taught as it is judged, over the
 * shortest window that holds enough: the 95 % quantile of three values says nothing of that of three hundred.
 */
function figureToTeach(plan: RulePlan, key: KeyState, bucket: Bucket): WindowFigure {
  const { baseline, layout, sums } = plan;
  if (!baseline?.isEnough) return figureOf(plan, { ...nothingShown, values: bucket.values }, 0);
  let figure = figureOf(plan, nothingShown, 0);
  visitWindows(key.buckets, bucket.endMs, plan.rule.overMs, layout, sums, (windowMs) => {
    figure = figureOf(plan, sums, windowMs);
    return baseline.isEnough?.(figure) === true;
  });
  return figure;
}

/** A level that lasted for `accept_after` is the new normal. */
export function acceptShift(plan: RulePlan, key: KeyState, alert: Alert, nowMs: number): void {
  if (!plan.baseline || !key.baseline || !alert.shift || alert.acceptedMs !== null) return;
  if (nowMs - alert.startedAtMs < plan.baseline.acceptAfterMs) return;
  plan.baseline.accept(key.baseline, alert.shift, nowMs, false);
  alert.acceptedMs = nowMs;
}

/** A person says that what the key does now is normal. */
export function acceptByPerson(plan: RulePlan, key: KeyState, nowMs: number): boolean {
  const { alert, baseline } = key;
  if (!plan.baseline || !baseline || !alert?.shift) return false;
  for (const bucket of key.buckets)
    if (bucket.endMs > key.taughtUntilMs)
      plan.baseline.observe(alert.shift, figureToTeach(plan, key, bucket), bucket.endMs);
  key.taughtUntilMs = Math.max(key.taughtUntilMs, key.newestMs);
  plan.baseline.accept(baseline, alert.shift, nowMs, true);
  alert.acceptedMs = nowMs;
  return true;
}
