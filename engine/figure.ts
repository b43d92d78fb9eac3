import { isQuantile, type QuantileMeasure } from '../signals/define-signal.ts';
import { sketchQuantile, type SketchCounts } from '../signals/sketch.ts';
import type { WindowFigure } from './baselines/baseline.ts';
import type { RulePlan } from './rule-plan.ts';

/** What a stretch of time showed: values by field, and the counts of the sketch that the measure reads. */
export interface Shown {
  readonly values: ArrayLike<number>;
  readonly counts: SketchCounts;
}

export const nothingShown: Shown = { values: [], counts: new Map() };

type FigurePlan = Pick<RulePlan, 'rule' | 'numerator' | 'less' | 'denominator' | 'independent'>;

/** The rule's measure over what was shown. */
export function figureOf(plan: FigurePlan, shown: Shown, windowMs: number): WindowFigure {
  const { measure } = plan.rule;
  return isQuantile(measure)
    ? quantileFigure(measure, shown.counts, windowMs)
    : countFigure(plan, shown.values, windowMs);
}

/** The denominator is the number of values that the quantile rests on. */
function quantileFigure({ quantile }: QuantileMeasure, counts: SketchCounts, windowMs: number): WindowFigure {
  let denominator = 0;
  for (const count of counts.values()) denominator += count;
  const value = denominator === 0 ? NaN : sketchQuantile(counts, quantile);
  return { windowMs, numerator: NaN, denominator, independent: NaN, value };
}

function countFigure(plan: FigurePlan, values: ArrayLike<number>, windowMs: number): WindowFigure {
  const less = values[plan.less] ?? NaN;
  // A source that does not carry the field takes nothing off.
  const numerator = Math.max(0, (values[plan.numerator] ?? NaN) - (Number.isNaN(less) ? 0 : less));
  const denominator = values[plan.denominator] ?? NaN;
  let independent = plan.independent.length > 0 ? 0 : NaN;
  for (const index of plan.independent) independent += values[index] ?? NaN;
  return { windowMs, numerator, denominator, independent, value: valueOf(plan, numerator, denominator) };
}

/** 0/0 is unknown, never zero; events without trials are all of them. */
function valueOf(plan: FigurePlan, numerator: number, denominator: number): number {
  if (plan.denominator < 0) return numerator;
  if (numerator > denominator) return 1;
  return numerator / denominator;
}
