import type { BaselineVerdict } from '../../stream/events/transition.ts';
import type { EnvelopeState } from './envelope-state.ts';
import type { RateState } from './rate-state.ts';
import type { SeenState } from './seen.ts';

/** What one window of one key showed of the rule's measure. NaN: unknown. */
export interface WindowFigure {
  readonly windowMs: number;
  /** NaN too for quantiles. */
  readonly numerator: number;
  /** Of a quantile the number of values that it rests on. NaN too for plain fields. */
  readonly denominator: number;
  /** How many independent causes the numerator had, where the signal says so (loss episodes for lost segments). */
  readonly independent: number;
  /** Trials just before the window that are too young to be taught, if not one of them was an event; left out: none. */
  readonly cleanBefore?: number;
  /** The measure: a quantile, numerator/denominator, or the numerator alone. 0/0 is unknown. */
  readonly value: number;
}

/** The judgement as numbers, read by conditions; NaN: unknown. */
export interface BaselineFigures {
  readonly expected: number;
  readonly lower: number;
  readonly upper: number;
  /** Above 1: outside of normal by every guard of the method. */
  readonly score: number;
  readonly samples: number;
  readonly ageMs: number;
  readonly learned: boolean;
  /** Of `seen` only: members that came new in the window. */
  readonly newMembers?: number;
}

/** What a key's baseline remembers: plain data, tagged by method. */
export type BaselineState = RateState | EnvelopeState | StaticState | SeenState;
export interface StaticState {
  readonly method: 'static';
}

/** One method with its settings. States belong to keys; times are event times in ms. */
export interface Baseline<State extends BaselineState = BaselineState> {
  create(nowMs: number): State;
  /** Called once for every moment at which a key without an alert is judged: each look may be a false alarm. */
  look(state: State, nowMs: number): void;
  judge(state: State, window: WindowFigure, nowMs: number): BaselineFigures;
  /** The same judgement with its guards and the sentence that says why. */
  verdict(state: State, window: WindowFigure, nowMs: number): BaselineVerdict;
  /** Learns from a stretch of time without an alert. `nowMs` is its end. */
  teach(state: State, figure: WindowFigure, nowMs: number): void;
  /**
   * Whether a window holds enough to be taught as a whole: `teach` then gets the shortest of the rule's windows that
   * does. Absent: `teach` gets each stretch of time once.
   */
  isEnough?(figure: WindowFigure): boolean;
  /** A stretch of time within an alert: not taught, but kept in case that it is accepted as the new normal. */
  observe(shift: State, figure: WindowFigure, nowMs: number): void;
  /** `shift` (filled by `observe`) is normal from now on. `byPerson` may lift the ceiling. */
  accept(state: State, shift: State, nowMs: number, byPerson: boolean): void;
  /** Event time an alert may last before its level is taken as normal; Infinity: never. */
  readonly acceptAfterMs: number;
}

export function toNullable(figure: number): number | null {
  return Number.isFinite(figure) ? figure : null;
}
