import type { RateBaseline } from '../../rules/compiled-rule.ts';
import { formatDuration, formatPercent } from '../../source-text/figures.ts';
import type { BaselineVerdict, Guard } from '../../stream/events/transition.ts';
import { toNullable } from './baseline.ts';
import { rateGuardRatios, type RateFigures } from './rate-judgement.ts';

/** e^logP as `3e-21`, also where it is too small for a number. */
export function formatLogP(logP: number): string {
  if (Number.isNaN(logP)) return 'unknown';
  const exponent = Math.floor(logP / Math.LN10);
  if (exponent > -4) return Number(Math.exp(logP).toPrecision(2)).toString();
  return `${Math.exp(logP - exponent * Math.LN10).toFixed(0)}e${exponent}`;
}

const count = (figure: number) => Math.round(figure).toLocaleString('en-US');

function guards(spec: RateBaseline, figures: RateFigures): Guard[] {
  const ratios = rateGuardRatios(spec, figures);
  const { value, abnormalFrom } = figures;
  const [p, limit] = [formatLogP(figures.logP), formatLogP(figures.logLimit)];
  return [
    {
      name: 'surprise',
      held: ratios.surprise > 1,
      value: toNullable(Math.exp(figures.logP)),
      limit: toNullable(Math.exp(figures.logLimit)),
      text: `chance of this at the normal rate: ${p}, allowed per look: ${limit}`,
    },
    {
      name: 'min_events',
      held: ratios.events > 1,
      value: toNullable(figures.events),
      limit: spec.minEvents,
      text: `${count(figures.events)} events, at least ${spec.minEvents} needed`,
    },
    {
      name: 'min_value',
      held: ratios.value > 1,
      value: toNullable(value),
      limit: spec.minValue,
      text: `${formatPercent(value)}, matters from ${formatPercent(spec.minValue)}`,
    },
    {
      name: 'min_ratio',
      held: ratios.ratio > 1,
      value: toNullable(value),
      limit: toNullable(abnormalFrom),
      text: `${formatPercent(value)}, abnormal ${spec.direction === 'up' ? 'from' : 'below'} ${formatPercent(abnormalFrom)}`,
    },
  ];
}

function sentence(figures: RateFigures, windowMs: number): string {
  if (Number.isNaN(figures.value))
    return `Nothing was sent in ${formatDuration(windowMs)}, so nothing is known.`;
  const seen = `${count(figures.events)} of ${count(figures.trials)} in ${formatDuration(windowMs)} (${formatPercent(figures.value)})`;
  const band = `normally ${formatPercent(figures.expected)}, up to ${formatPercent(figures.upper)}`;
  const source = figures.learned
    ? `learned from ${count(figures.samples)} over ${formatDuration(figures.ageMs)}`
    : 'still learning, so measured in part against what is normal anywhere';
  const clusters =
    figures.designEffect > 1.05
      ? `; its events come in clusters of about ${figures.designEffect.toFixed(1)}`
      : '';
  return `${seen}; ${band} (${source}${clusters}). ${conclusion(figures)}`;
}

function conclusion({ score, logP }: RateFigures): string {
  if (Number.isNaN(score)) return `Too little to tell from chance (p = ${formatLogP(logP)}).`;
  return score > 1 ? `Chance would do this with p = ${formatLogP(logP)}.` : 'Within normal.';
}

export function rateVerdict(spec: RateBaseline, figures: RateFigures, windowMs: number): BaselineVerdict {
  return {
    method: 'rate',
    expected: toNullable(figures.expected),
    lower: toNullable(figures.lower),
    upper: toNullable(figures.upper),
    score: toNullable(figures.score),
    samples: figures.samples,
    age_ms: figures.ageMs,
    learned: figures.learned,
    why: sentence(figures, windowMs),
    guards: guards(spec, figures),
  };
}
