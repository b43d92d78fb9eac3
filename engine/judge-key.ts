import type { Output } from '../stream/port.ts';
import type { Transition } from '../stream/events/transition.ts';
import { advance, type Change } from './alert-life.ts';
import { fingerprintOf } from './fingerprint.ts';
import type { Alert, KeyState } from './key-state.ts';
import { countFrom, noteCounted, toldOfCounted } from './limit/counted-alert.ts';
import { takeLook, type Look, type Moment } from './look.ts';
import { mergeEvidence } from './merge-evidence.ts';
import { renderTransition, type RenderedFrom } from './render-transition.ts';
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
  if (key.alert.counted) noteCounted(key.alert.counted, look);
  return follow(plan, key, key.alert, look);
}

export function createAlert(plan: RulePlan, key: KeyState, moment: Pick<Moment, 'who' | 'nowMs'>): Alert {
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
  if (change) return tell(plan, key, alert, look, change);
  // The first look of an episode that fires later.
  if (alert.seq > 0 || alert.counted) return [];
  const held = plan.rule.when.text;
  return tell(plan, key, alert, look, { state: 'pending', level: null, update: false, reason: held });
}

/** Ends an alert from outside: its rule is gone. */
export function expireKey(plan: RulePlan, key: KeyState, moment: Moment, reason: string): readonly Output[] {
  if (!key.alert) return [];
  const state = key.alert.state === 'pending' ? 'cancelled' : 'expired';
  const change: Change = { state, level: key.alert.level, update: false, reason };
  return tell(plan, key, key.alert, takeLook(plan, key, moment), change);
}

/** The transition, and what it does to the key. Under a `limit` an alert that begins to fire waits for a place, silently. */
export function tell(
  plan: RulePlan,
  key: KeyState,
  alert: Alert,
  look: Look,
  change: Change,
): readonly Output[] {
  const begins = change.state === 'firing' && alert.state === 'pending';
  if (begins && plan.rule.limit !== undefined) alert.counted = countFrom(look, change.reason);
  const told = alert.counted ? toldOfCounted(alert, alert.counted, change) : change;
  const previous = alert.counted ? previousOfCounted(alert) : previousOf(alert);
  // Nobody has heard of the episode, so its number is free.
  if (alert.counted && alert.seq === 0 && change.state !== 'firing') key.episode -= 1;
  if (told) stamp(alert, look);
  applyChange(plan, key, alert, look, change);
  return told ? [render({ plan, key, alert, look, change: told, previous })] : [];
}

/** A place is free: the alert stands for itself from here on. */
export function tellPlaced(plan: RulePlan, key: KeyState, alert: Alert, look: Look, reason: string): Output {
  const previous = previousOfCounted(alert);
  delete alert.counted;
  stamp(alert, look);
  const change: Change = { state: 'firing', level: alert.level, update: false, reason };
  return render({ plan, key, alert, look, change, previous });
}

/** There is no place, and it has been told of as pending. */
export function tellCounted(plan: RulePlan, key: KeyState, alert: Alert, look: Look, reason: string): Output {
  const previous = previousOfCounted(alert);
  stamp(alert, look);
  const change: Change = { state: 'pending', level: null, update: true, reason };
  return render({ plan, key, alert, look, change, previous });
}

function previousOf({ seq, state, level }: Alert): Transition['previous'] {
  return seq === 0 ? null : { state, level };
}

/** To everybody else it has not fired. */
function previousOfCounted({ seq }: Alert): Transition['previous'] {
  return seq === 0 ? null : { state: 'pending', level: null };
}

function stamp(alert: Alert, { nowMs }: Look): void {
  alert.seq += 1;
  alert.toldMs = nowMs;
  alert.toldWorst = alert.worst;
}

function render(from: RenderedFrom): Output {
  return { topic: 'alerts', event: renderTransition(from) };
}

/** What the change does to the key. */
export function applyChange(plan: RulePlan, key: KeyState, alert: Alert, look: Look, change: Change): void {
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
