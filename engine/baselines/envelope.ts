import type { EnvelopeBaseline } from '../../rules/compiled-rule.ts';
import type { Unit } from '../../signals/define-signal.ts';
import { formatFigure } from '../../source-text/figures.ts';
import type { BaselineVerdict, Guard } from '../../stream/events/transition.ts';
import { toNullable, type Baseline, type BaselineFigures, type WindowFigure } from './baseline.ts';
import {
  addValue,
  createEnvelopeState,
  envelopeOf,
  type Envelope,
  type EnvelopeState,
} from './envelope-state.ts';

const maxScore = 99;

interface EnvelopeFigures extends BaselineFigures {
  readonly value: number;
  /** Values that it rests on; NaN: not told. */
  readonly events: number;
  /** The value that counts as abnormal. */
  readonly abnormalFrom: number;
}

/**
 * Beyond the extreme by the factor and by the absolute amount (the scale floor), and beyond the floor below which
 * nobody cares: whichever is further out.
 */
function limitOf(spec: EnvelopeBaseline, { low, high }: Envelope): number {
  if (spec.direction === 'down') return Math.min(low / spec.minRatio, low - spec.minDelta);
  const limit = Math.max(high * spec.minRatio, high + spec.minDelta, spec.minValue);
  return Math.min(limit, spec.ceiling ?? Infinity);
}

/** Too few values to tell: neither judged nor taught. A plain field rests on no number of values. */
function isEnough(spec: EnvelopeBaseline, { denominator }: WindowFigure): boolean {
  return !(denominator < spec.minEvents);
}

/**
 * How far the value is from the mean, on the scale on which the limit is 1. Before the learning period is over, or
 * with too few samples, only the ceiling judges: both that it is passed and, so that such an alert can end, that it is not.
 */
function scoreOf(spec: EnvelopeBaseline, value: number, mean: number, limit: number, known: boolean): number {
  if (Number.isNaN(value)) return NaN;
  if (!known)
    return spec.direction === 'up' && spec.ceiling !== undefined
      ? Math.min(value / spec.ceiling, maxScore)
      : NaN;
  const reach = Math.max(Math.abs(limit - mean), Number.MIN_VALUE);
  const distance = spec.direction === 'up' ? value - mean : mean - value;
  return Math.min(maxScore, Math.max(0, distance / reach));
}

function judge(
  spec: EnvelopeBaseline,
  state: EnvelopeState,
  window: WindowFigure,
  nowMs: number,
): EnvelopeFigures {
  const envelope = envelopeOf(state);
  const ageMs = nowMs - state.firstMs;
  const learned = ageMs >= spec.learnMs;
  const known = learned && envelope.samples >= spec.minSamples;
  const abnormalFrom = known ? limitOf(spec, envelope) : (spec.ceiling ?? NaN);
  const value = isEnough(spec, window) ? window.value : NaN;
  return {
    expected: envelope.mean,
    lower: envelope.low,
    upper: envelope.high,
    score: scoreOf(spec, value, envelope.mean, abnormalFrom, known),
    samples: envelope.samples,
    ageMs,
    learned,
    value: window.value,
    events: window.denominator,
    abnormalFrom,
  };
}

function guardsOf(
  spec: EnvelopeBaseline,
  figures: EnvelopeFigures,
  shown: (value: number) => string,
): Guard[] {
  const { value, events, abnormalFrom, samples, learned } = figures;
  const counted: Guard = {
    name: 'min_events',
    held: !(events < spec.minEvents),
    value: toNullable(events),
    limit: spec.minEvents,
    text: `rests on ${events} values, at least ${spec.minEvents} needed`,
  };
  return [
    {
      name: 'learned',
      held: learned,
      value: figures.ageMs,
      limit: spec.learnMs,
      text: learned ? 'learning period over' : 'still learning: only the ceiling judges',
    },
    {
      name: 'min_samples',
      held: samples >= spec.minSamples,
      value: samples,
      limit: spec.minSamples,
      text: `${samples} figures learned, at least ${spec.minSamples} needed`,
    },
    ...(Number.isNaN(events) ? [] : [counted]),
    {
      name: 'outside',
      held: figures.score > 1,
      value: toNullable(value),
      limit: toNullable(abnormalFrom),
      text: `${shown(value)}, abnormal ${sideOf(spec)} ${shown(abnormalFrom)}`,
    },
  ];
}

function sideOf({ direction }: EnvelopeBaseline): string {
  return direction === 'up' ? 'from' : 'below';
}

function verdict(spec: EnvelopeBaseline, figures: EnvelopeFigures, unit: Unit | undefined): BaselineVerdict {
  const { value, abnormalFrom, samples } = figures;
  const shown = (figure: number) => formatFigure(figure, unit);
  return {
    method: 'envelope',
    expected: toNullable(figures.expected),
    lower: toNullable(figures.lower),
    upper: toNullable(figures.upper),
    score: toNullable(figures.score),
    samples,
    age_ms: figures.ageMs,
    learned: figures.learned,
    why: `${shown(value)}, seen so far ${shown(figures.lower)} to ${shown(figures.upper)} (${samples} figures); abnormal ${sideOf(spec)} ${shown(abnormalFrom)}.`,
    guards: guardsOf(spec, figures, shown),
  };
}

/**
 * Baseline for levels (latency, sockets): the extremes of a rolling window, widened by a factor and by an absolute
 * floor. It sees the onset of a shift; a level that stays is accepted after `accept_after`. See docs/baselines.md.
 */
export function createEnvelopeBaseline(spec: EnvelopeBaseline, unit?: Unit): Baseline<EnvelopeState> {
  const teach = (state: EnvelopeState, figure: WindowFigure, nowMs: number) => {
    if (!isEnough(spec, figure)) return;
    if (!Number.isNaN(figure.value) && !(figure.value > (spec.ceiling ?? Infinity)))
      addValue(state, figure.value, nowMs, spec.windowMs);
  };
  return {
    create: createEnvelopeState,
    look: () => undefined,
    judge: (state, window, nowMs) => judge(spec, state, window, nowMs),
    verdict: (state, window, nowMs) => verdict(spec, judge(spec, state, window, nowMs), unit),
    teach,
    isEnough: (figure) => isEnough(spec, figure),
    observe: teach,
    accept: (state, shift) => {
      if (shift.parts.length > 0) state.parts = shift.parts;
    },
    acceptAfterMs: spec.acceptAfterMs,
  };
}
