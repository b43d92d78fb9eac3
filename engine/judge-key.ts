import type { Output } from '../stream/port.ts';
import type { Transition } from '../stream/events/transition.ts';
import { advance, type Change } from './alert-life.ts';
import { fingerprintOf } from './fingerprint.ts';
import type { Alert, KeyState } from './key-state.ts';
import { takeLook, type Look, type Moment } from './look.ts';
import { mergeEvidence } from './merge-evidence.ts';
import { renderTransition } from './render-transition.ts';
import type { RulePlan } from './rule-plan.ts';
import { acceptShift, teachDelayMs } from './teach-key.ts';
import { takeUntil } from './windows.ts';
import type { Evidence } from './who.ts';

const hourMs = 3_600_000;
const maxFirings = 16;

export function createKey(plan: RulePlan, cluster: string, by: readonly string[], nowMs: number): KeyState {
  return {
    ruleId: plan.rule.id,
    cluster,
    by,
    newestMs: nowMs,
    taughtUntilMs: nowMs - teachDelayMs,
    buckets: [],
    baseline: plan.baseline?.create(nowMs) ?? null,
    episode: 0,
    firings: [],
    alert: null,
  };
}

/** Looks at a key and tells what changed. `evidence` of the rows that caused the look. */
export function judgeKey(
  plan: RulePlan,
  key: KeyState,
  moment: Moment,
  evidence?: Evidence,
): readonly Output[] {
  // Counted before it is taken, so that the verdict told later is the one that was decided on.
  if (!key.alert && key.baseline) plan.baseline?.look(key.baseline, moment.nowMs);
  const look = takeLook(plan, key, moment);
  if (!key.alert) {
    if (look.truth !== true) return [];
    key.episode += 1;
    key.alert = createAlert(plan, key, moment);
  } else if (moment.hasEvents && look.truth === true) key.alert.who = moment.who;
  if (evidence) key.alert.evidence = mergeEvidence(key.alert.evidence, evidence);
  acceptShift(plan, key, key.alert, moment.nowMs);
  return follow(plan, key, key.alert, look);
}

function createAlert(plan: RulePlan, key: KeyState, moment: Moment): Alert {
  return {
    fingerprint: fingerprintOf(key.ruleId, key.cluster, key.by),
    seq: 0,
    state: 'pending',
    level: null,
    startedAtMs: moment.nowMs,
    firedAtMs: null,
    lookedMs: moment.nowMs,
    heldSinceMs: [],
    lastTrueMs: moment.nowMs,
    lastClear: false,
    clearForMs: 0,
    lastDataMs: moment.nowMs,
    value: null,
    windowMs: 0,
    worst: null,
    toldMs: 0,
    toldWorst: null,
    who: moment.who,
    evidence: null,
    shift: plan.baseline?.create(moment.nowMs) ?? null,
    acceptedMs: null,
  };
}

function follow(plan: RulePlan, key: KeyState, alert: Alert, look: Look): readonly Output[] {
  const change = advance(alert, look, plan.rule);
  if (change) return [tell(plan, key, alert, look, change)];
  // The first look of an episode that fires later.
  if (alert.seq > 0) return [];
  const held = plan.rule.when.text;
  return [tell(plan, key, alert, look, { state: 'pending', level: null, update: false, reason: held })];
}

/** Ends an alert from outside: its rule is gone. */
export function expireKey(plan: RulePlan, key: KeyState, moment: Moment, reason: string): readonly Output[] {
  if (!key.alert) return [];
  const state = key.alert.state === 'pending' ? 'cancelled' : 'expired';
  const change: Change = { state, level: key.alert.level, update: false, reason };
  return [tell(plan, key, key.alert, takeLook(plan, key, moment), change)];
}

/** The transition, and what it does to the key. */
export function tell(plan: RulePlan, key: KeyState, alert: Alert, look: Look, change: Change): Output {
  const previous: Transition['previous'] =
    alert.seq === 0 ? null : { state: alert.state, level: alert.level };
  alert.seq += 1;
  alert.toldMs = look.nowMs;
  alert.toldWorst = alert.worst;
  applyChange(plan, key, alert, look, change);
  const event = renderTransition({ plan, key, alert, look, change, previous });
  return { topic: 'alerts', event };
}

function applyChange(plan: RulePlan, key: KeyState, alert: Alert, look: Look, change: Change): void {
  switch (change.state) {
    case 'pending':
      return;
    case 'firing':
      if (alert.state === 'pending') {
        alert.firedAtMs = look.nowMs;
        key.firings = [...key.firings.filter((ms) => ms > look.nowMs - hourMs), look.nowMs].slice(
          -maxFirings,
        );
      }
      alert.state = 'firing';
      alert.level = change.level;
      return;
    case 'resolved':
      // A long window would still see the fault that is over, and fire again over the first stray event.
      takeUntil(key.buckets, Math.max(key.newestMs - (plan.clearWindowMs ?? 0), alert.lastTrueMs));
      key.alert = null;
      return;
    case 'expired':
    case 'cancelled':
      // Its rows are not known to be normal, so they are not left to be taught.
      key.buckets.length = 0;
      key.alert = null;
  }
}

/** A look without rows, about whom the alert is. */
export function momentOf(key: KeyState, nowMs: number): Moment {
  if (!key.alert) throw new Error(`judge: the key ${key.by.join('/')} has no alert`);
  const endMs = Math.max(nowMs, key.newestMs);
  const lookMs = Math.max(endMs, key.alert.lookedMs);
  return { who: key.alert.who, endMs, nowMs: lookMs, hasRows: false, hasEvents: false };
}
