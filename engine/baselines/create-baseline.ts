import type { CompiledRule } from '../../rules/compiled-rule.ts';
import type { Baseline } from './baseline.ts';
import { createEnvelopeBaseline } from './envelope.ts';
import { createRateBaseline } from './rate.ts';
import { createSeenBaseline } from './seen.ts';
import { createStaticBaseline } from './static.ts';

/** For a measure whose signal states no prior: one event in a thousand, hardly believed. */
const vaguePrior = { events: 0.3, trials: 300 };

/** The baseline that a rule asks for; undefined where its conditions need none. */
export function createBaseline(rule: CompiledRule): Baseline | undefined {
  const spec = rule.baseline;
  switch (spec?.method) {
    case undefined:
      return undefined;
    case 'rate':
      return createRateBaseline({
        spec,
        prior: rule.signal.priors[rule.measureName] ?? vaguePrior,
        windows: rule.overMs.length,
      });
    case 'envelope':
      return createEnvelopeBaseline(spec, rule.measure.unit);
    case 'static':
      return createStaticBaseline(spec, rule.measure.unit);
    case 'seen':
      return createSeenBaseline(spec);
  }
}
