import type { RateBaseline } from '../../rules/compiled-rule.ts';
import { logUpperTail } from './beta-binomial.ts';
import type { WindowFigure } from './baseline.ts';
import { addBlock, believe, fade, type RatePrior, type RateState } from './rate-state.ts';

/** Within a day the upper normal rate may at most double: an incident that creeps in is not learned on its way. */
export const upperRisePerDay = 2;
const dayMs = 86_400_000;
const hourMs = 3_600_000;

/** A stretch is above the ceiling only if chance does not explain it: 3 of 40 segments are no proof of 7.5 %. */
const ceilingDoubt = Math.log(0.01);
/** Beta pseudo-trials that make a rate as good as known. */
const certain = 1e6;

export function ceilingOf(spec: RateBaseline, state: RateState): number {
  return Math.max(spec.ceiling, state.liftedCeiling);
}

function isAboveCeiling(events: number, trials: number, ceiling: number): boolean {
  if (events <= trials * ceiling) return false;
  const known = { trials, alpha: ceiling * certain, beta: (1 - ceiling) * certain };
  return logUpperTail(Math.round(events), known) < ceilingDoubt;
}

/** Looks are counted as late as stretches are taught: what is expected while nothing is wrong, not what an onset causes. */
const onsetMs = 5_000;

/**
 * Looks are counted with a memory of one hour, that of `max_p`. A key of which nothing is known yet has no onset: its looks
 * count at once.
 */
export function countLook(state: RateState, nowMs: number): void {
  if (nowMs - state.lookedMs >= onsetMs) settleLooks(state, nowMs);
  state.freshLooks = (state.freshLooks ?? 0) + 1;
  if (state.tally.trials === 0) settleLooks(state, nowMs);
}

/** Each key is written whenever it changes: three digits, not seventeen. */
const inThousandths = (figure: number): number => Math.round(figure * 1_000) / 1_000;

function settleLooks(state: RateState, nowMs: number): void {
  const passedMs = Math.max(0, nowMs - state.lookedMs);
  const factor = Math.exp(-passedMs / hourMs);
  state.looks = inThousandths(state.looks * factor + (state.freshLooks ?? 0));
  state.looksOverMs = Math.round(state.looksOverMs * factor + passedMs);
  state.lookedMs = Math.max(state.lookedMs, nowMs);
  state.freshLooks = 0;
}

/** Before anything is known: ten looks an hour, believed as if watched for six minutes. */
const assumedLooks = 1;
const assumedMs = hourMs / 10;

/** Expected looks an hour while nothing is wrong. */
export function looksPerHour(state: RateState): number {
  return ((state.looks + assumedLooks) / (state.looksOverMs + assumedMs)) * hourMs;
}

function clean(figure: WindowFigure): { events: number; trials: number } | undefined {
  const { numerator, denominator } = figure;
  if (Number.isNaN(numerator) || !(denominator > 0 || numerator > 0)) return undefined;
  return { events: numerator, trials: Math.max(denominator, numerator) };
}

export function teachRate(
  spec: RateBaseline,
  prior: RatePrior,
  state: RateState,
  figure: WindowFigure,
  nowMs: number,
): void {
  const block = clean(figure);
  if (!block || isAboveCeiling(block.events, block.trials, ceilingOf(spec, state))) return;
  fade(state.tally, Math.exp(-Math.max(0, nowMs - state.taughtMs) / spec.windowMs));
  state.taughtMs = Math.max(state.taughtMs, nowMs);
  addBlock(state.tally, block.events, block.trials);
  if (nowMs - state.firstMs >= spec.learnMs) limitRise(spec, prior, state, nowMs);
}

/** Holds the upper rate below today's cap, below `min_value` it moves freely: nobody cares there. */
function limitRise(spec: RateBaseline, prior: RatePrior, state: RateState, nowMs: number): void {
  const { upper } = believe(prior, state.tally);
  if (nowMs >= state.capUntilMs || state.cap === 0) setCap(spec, state, upper, nowMs);
  if (upper <= state.cap) return;
  const factor = state.cap / upper;
  state.tally.events *= factor;
  state.tally.squares *= factor;
}

function setCap(spec: RateBaseline, state: RateState, upper: number, nowMs: number): void {
  const before = state.cap === 0 ? Infinity : state.cap;
  state.cap = Math.max(Math.min(upper, before) * upperRisePerDay, spec.minValue);
  state.capUntilMs = nowMs + dayMs;
}

export function observeRate(shift: RateState, figure: WindowFigure): void {
  const block = clean(figure);
  if (block) addBlock(shift.tally, block.events, block.trials);
}

/** What the alert showed replaces what was normal. Alone, it stays below the ceiling; a person may lift that. */
export function acceptRate(
  spec: RateBaseline,
  prior: RatePrior,
  state: RateState,
  shift: RateState,
  byPerson: boolean,
): void {
  if (shift.tally.trials <= 0) return;
  const { expected, upper } = believe(prior, shift.tally);
  if (!byPerson && expected > ceilingOf(spec, state)) return;
  Object.assign(state.tally, shift.tally);
  state.cap = 0;
  if (byPerson && upper > spec.ceiling) state.liftedCeiling = Math.min(1, upper * spec.minRatio);
}
