import { signalCatalogue } from './catalogue.ts';
import { isQuantile, type QuantileMeasure, type SignalDefinition } from './define-signal.ts';

/** What a figure is a figure of: "6.3 % of segments resent", "1.4 s at the median of answers". */
export function measureWords(signalId: string, measureName: string): string {
  const signal = signalCatalogue.get(signalId);
  const measure = signal?.measures[measureName];
  if (signal === undefined || measure === undefined) return measureName.replaceAll('_', ' ');
  if (isQuantile(measure)) return quantileWords(signal, measure);
  return measure.phrase ?? measureName.replaceAll('_', ' ');
}

function quantileWords(signal: SignalDefinition, { sketch, quantile }: QuantileMeasure): string {
  const share = quantile === 0.5 ? 'median' : `${quantile * 100}th percentile`;
  return `at the ${share} of ${signal.sketches?.[sketch]?.of ?? sketch}`;
}
