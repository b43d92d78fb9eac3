import type { LevelSpec } from '../rules/compiled-rule.ts';
import type { AlertConfirmed } from '../stream/events/confirmation.ts';
import type { Level } from '../stream/events/transition.ts';
import type { Change } from './alert-life.ts';
import type { Alert } from './key-state.ts';

/** The question whether an alert may fire: asked when it first would, and again while it is held back. */
export interface Confirmation {
  readonly askedMs: number;
  /** What it would have fired as. */
  readonly level: Level;
  answer: 'awaited' | 'confirmed' | 'held';
}

/** Event time after which silence is taken as "cannot be told". Longer than the asking side tries. */
export const confirmWithinMs = 10_000;

/** What was held back is asked again so long after the last time: rollouts end, and trouble may outlast them. */
const askAgainMs = 60_000;

/** Before it first fires, and again from time to time while it is held back. */
export function mayAsk({ state, confirmation }: Alert, nowMs: number): boolean {
  if (state !== 'pending') return false;
  if (!confirmation) return true;
  return confirmation.answer === 'held' && nowMs - confirmation.askedMs >= askAgainMs;
}

/** Asks. The alert waits as pending, and nothing but the answer or time ends that. */
export function askConfirmation(alert: Alert, due: LevelSpec, nowMs: number, text: string): Change {
  alert.confirmation = { askedMs: nowMs, level: due.level, answer: 'awaited' };
  const update = alert.seq > 0;
  return { state: 'pending', level: null, update, asks: true, reason: `${due.level} is due; asked: ${text}` };
}

/** While an answer is awaited: fires without it once it is overdue. */
export function awaitConfirmation(alert: Alert, nowMs: number): Change | undefined {
  const { confirmation } = alert;
  if (confirmation?.answer !== 'awaited' || nowMs - confirmation.askedMs < confirmWithinMs) return undefined;
  return answered(confirmation, null, `no answer within ${confirmWithinMs / 1_000} s`);
}

export function isAwaiting({ state, confirmation }: Alert): boolean {
  return state === 'pending' && confirmation?.answer === 'awaited';
}

/** The answer has come; undefined: nobody waits for it. */
export function takeAnswer(alert: Alert, { confirmed, reason }: AlertConfirmed): Change | undefined {
  const { confirmation } = alert;
  return isAwaiting(alert) && confirmation ? answered(confirmation, confirmed, reason) : undefined;
}

/** Unknown does not hold back: a page too many is better than one that a broken fact has swallowed. */
function answered(confirmation: Confirmation, confirmed: boolean | null, reason: string): Change {
  if (confirmed === false) {
    confirmation.answer = 'held';
    return { state: 'pending', level: null, update: true, reason: `held back: ${reason}` };
  }
  confirmation.answer = 'confirmed';
  const found = confirmed === null ? `could not be confirmed: ${reason}` : `confirmed: ${reason}`;
  return {
    state: 'firing',
    level: confirmation.level,
    update: false,
    reason: `${confirmation.level}, ${found}`,
  };
}
