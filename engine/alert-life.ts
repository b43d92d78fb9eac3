import type { CompiledRule, LevelSpec } from '../rules/compiled-rule.ts';
import type { AlertState, Level } from '../stream/events/transition.ts';
import { askConfirmation, awaitConfirmation, isAwaiting, mayAsk } from './confirmation.ts';
import type { Alert } from './key-state.ts';
import type { Look } from './look.ts';

/**
 * The alert's life: inactive → pending → firing(notice → page) → resolved | expired; pending that never fired is
 * cancelled. Functions over plain data; time is that of the events.
 */
export interface Change {
  readonly state: AlertState;
  readonly level: Level | null;
  readonly update: boolean;
  readonly reason: string;
  /** The rule's `confirm` is to be asked. */
  readonly asks?: boolean;
}

export type LifeRule = Pick<
  CompiledRule,
  'when' | 'confirm' | 'levels' | 'clear' | 'keepFiringForMs' | 'expireAfterMs'
>;

/** New figures of a firing alert are told at most this often, and only if worse by `worseFactor` or after `quietMs`. */
const updateEveryMs = 10_000;
const worseFactor = 1.25;
const quietMs = 60_000;

/** From this many firings an hour on, an alert flaps: each further one doubles the time that it must be clear. */
const flapsFrom = 4;
const maxFlapDoublings = 3;

export function isFlapping(firings1h: number): boolean {
  return firings1h >= flapsFrom;
}

/** Factor on the times to clear. */
export function flapFactor(firings1h: number): number {
  return isFlapping(firings1h) ? 2 ** Math.min(firings1h - flapsFrom + 1, maxFlapDoublings) : 1;
}

/** The new level, or a new state, or new figures, or nothing. Notes in `alert` what the look showed. */
export function advance(alert: Alert, look: Look, rule: LifeRule): Change | undefined {
  note(alert, look, rule);
  if (isAwaiting(alert)) return awaitConfirmation(alert, look.nowMs);
  const due = dueLevel(alert, look, rule.levels);
  if (due && isHigher(due, alert.level, rule.levels)) {
    if (rule.confirm && mayAsk(alert, look.nowMs))
      return askConfirmation(alert, due, look.nowMs, rule.confirm.text);
    if (alert.confirmation?.answer !== 'held') return fire(due, alert, rule);
  }
  return alert.state === 'pending' ? advancePending(alert, look, rule) : advanceFiring(alert, look, rule);
}

/** Keeps since when each level holds: broken by false, not by unknown. */
function note(alert: Alert, look: Look, rule: LifeRule): void {
  noteClear(alert, look, rule);
  alert.lookedMs = look.nowMs;
  if (look.hasRows) alert.lastDataMs = look.nowMs;
  if (look.truth === true && look.hasEvents) alert.lastTrueMs = look.nowMs;
  alert.heldSinceMs = look.levels.map((truth, index) => {
    const since = alert.heldSinceMs[index] ?? null;
    if (truth === undefined) return since;
    return truth ? (since ?? look.nowMs) : null;
  });
  if (look.truth === true) noteFigures(alert, look);
}

/**
 * How long the alert is known to be clear. The window asked is `clear.for` long, so when it turns from abnormal to
 * normal, all of that has passed; so too when it turns from doubtful (too little to tell from chance) to normal.
 * After a time without data nothing has: it counts from there, paused by the silence.
 */
function noteClear(alert: Alert, look: Look, rule: LifeRule): void {
  if (look.clear === false || (look.clear === undefined && look.clearSeen))
    alert.clearForMs = rule.clear?.forMs ?? 0;
  else if (look.clear === undefined && alert.lastClear === false) alert.clearForMs = 0;
  else if (look.clear === true && alert.lastClear === true) alert.clearForMs += look.nowMs - alert.lookedMs;
  alert.lastClear = look.clear ?? (look.clearSeen ? false : null);
}

function noteFigures(alert: Alert, look: Look): void {
  const { value, windowMs } = look.context.window;
  if (Number.isNaN(value)) return;
  alert.value = value;
  alert.windowMs = windowMs;
  if (alert.worst !== null && alert.worst >= value) return;
  alert.worst = value;
  alert.worstWindowMs = windowMs;
}

/** The highest level whose condition is true now and has held for its `for`. */
function dueLevel(alert: Alert, look: Look, levels: readonly LevelSpec[]): LevelSpec | undefined {
  return levels.findLast((level, index) => {
    const since = alert.heldSinceMs[index] ?? null;
    return look.levels[index] === true && since !== null && look.nowMs - since >= level.forMs;
  });
}

function isHigher(due: LevelSpec, level: Level | null, levels: readonly LevelSpec[]): boolean {
  return levels.indexOf(due) > levels.findIndex((spec) => spec.level === level);
}

/** In brackets the condition that decided: the level's own, else the rule's. */
function fire(due: LevelSpec, alert: Alert, { when }: LifeRule): Change {
  const again = alert.level === null ? '' : `, escalated from ${alert.level}`;
  const held = due.forMs === 0 ? 'at once' : `after ${due.forMs / 1_000} s without a break`;
  const { text } = due.when ?? when;
  return {
    state: 'firing',
    level: due.level,
    update: false,
    reason: `${due.level} ${held} (${text})${again}`,
  };
}

function advancePending(alert: Alert, look: Look, rule: LifeRule): Change | undefined {
  const end = (reason: string): Change => ({ state: 'cancelled', level: null, update: false, reason });
  if (look.truth === false) return end('the condition did not hold for long enough');
  if (isExpired(alert, look, rule)) return end('no data any more');
  return undefined;
}

function isExpired(alert: Alert, look: Look, rule: LifeRule): boolean {
  return look.nowMs - alert.lastDataMs >= rule.expireAfterMs;
}

function advanceFiring(alert: Alert, look: Look, rule: LifeRule): Change | undefined {
  const { level } = alert;
  if (isClear(alert, look, rule))
    return { state: 'resolved', level, update: false, reason: clearReason(rule, look.context.firings1h) };
  if (isExpired(alert, look, rule))
    return { state: 'expired', level, update: false, reason: `no data for ${rule.expireAfterMs / 1_000} s` };
  return isWorthTelling(alert, look)
    ? { state: 'firing', level, update: true, reason: 'new figures' }
    : undefined;
}

/** Unknown does not clear, however long it lasts. */
function isClear(alert: Alert, look: Look, rule: LifeRule): boolean {
  if (look.clear !== true || alert.clearForMs < (rule.clear?.forMs ?? 0)) return false;
  const factor = flapFactor(look.context.firings1h);
  const quietForMs = look.nowMs - alert.lastTrueMs;
  // The first `clear.for` is in the window that was asked; only flapping adds to it.
  return quietForMs >= Math.max(rule.keepFiringForMs, rule.clear?.forMs ?? 0) * factor;
}

function clearReason(rule: LifeRule, firings1h: number): string {
  const what = rule.clear
    ? `${rule.clear.when.text} for ${rule.clear.forMs / 1_000} s`
    : 'the condition is false';
  return isFlapping(firings1h)
    ? `${what}; held ${flapFactor(firings1h)} times as long because it flaps`
    : what;
}

function isWorthTelling(alert: Alert, look: Look): boolean {
  if (look.truth !== true) return false;
  const sinceMs = look.nowMs - alert.toldMs;
  if (sinceMs < updateEveryMs) return false;
  return sinceMs >= quietMs || (alert.worst ?? 0) > (alert.toldWorst ?? 0) * worseFactor;
}
