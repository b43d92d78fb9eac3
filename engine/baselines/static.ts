import type { Unit } from '../../signals/define-signal.ts';
import { formatFigure } from '../../source-text/figures.ts';
import type { StaticBaseline } from '../../rules/compiled-rule.ts';
import type { Guard } from '../../stream/events/transition.ts';
import {
  toNullable,
  type Baseline,
  type BaselineFigures,
  type StaticState,
  type WindowFigure,
} from './baseline.ts';

/** How far towards the bound, on the scale on which the bound is 1; unknown stays unknown. */
function scoreOf({ lower, upper }: StaticBaseline, value: number): number {
  if (Number.isNaN(value)) return NaN;
  const above = upper === undefined ? 0 : ratio(value, upper);
  const below = lower === undefined ? 0 : ratio(lower, value);
  return Math.min(99, Math.max(above, below));
}

/** a/b for bounds that may be zero: more than nothing is outside, nothing is not. */
function ratio(a: number, b: number): number {
  if (b > 0) return Math.max(0, a / b);
  return a > b ? 99 : 0;
}

function judge(spec: StaticBaseline, window: WindowFigure): BaselineFigures {
  return {
    expected: NaN,
    lower: spec.lower ?? NaN,
    upper: spec.upper ?? NaN,
    score: scoreOf(spec, window.value),
    samples: 0,
    ageMs: 0,
    learned: true,
  };
}

/** Bounds that a person wrote down. Nothing is learned. */
export function createStaticBaseline(spec: StaticBaseline, unit?: Unit): Baseline<StaticState> {
  const shown = (figure: number) => formatFigure(figure, unit);
  return {
    create: () => ({ method: 'static' }),
    look: () => undefined,
    judge: (_state, window) => judge(spec, window),
    verdict: (_state, window) => {
      const figures = judge(spec, window);
      const bounds = [
        spec.lower === undefined ? '' : `at least ${shown(spec.lower)}`,
        spec.upper === undefined ? '' : `at most ${shown(spec.upper)}`,
      ];
      const text = `${shown(window.value)}; the rule allows ${bounds.filter(Boolean).join(' and ')}`;
      const guard: Guard = {
        name: 'bound',
        held: figures.score > 1,
        value: toNullable(window.value),
        limit: spec.upper ?? spec.lower ?? null,
        text,
      };
      return {
        method: 'static',
        expected: null,
        lower: spec.lower ?? null,
        upper: spec.upper ?? null,
        score: toNullable(figures.score),
        samples: 0,
        age_ms: 0,
        learned: true,
        why: `${text}.`,
        guards: [guard],
      };
    },
    teach: () => undefined,
    observe: () => undefined,
    accept: () => undefined,
    acceptAfterMs: Infinity,
  };
}
