import { isQuantile, type CountMeasure, type MeasureDefinition } from './define-signal.ts';
import { sketchCountsOf, sketchQuantile } from './sketch.ts';

/** The measure over merged fields of one key; NaN: unknown (0/0, nothing counted, a field that was not told). */
export function measureValue(measure: MeasureDefinition, fields: Readonly<Record<string, number>>): number {
  if (isQuantile(measure)) return sketchQuantile(sketchCountsOf(fields, measure.sketch), measure.quantile);
  return countValue(measure, fields);
}

function countValue(
  { numerator, denominator, less }: CountMeasure,
  fields: Readonly<Record<string, number>>,
): number {
  const counted = fields[numerator] ?? NaN;
  const value = Math.max(0, counted - (less === undefined ? 0 : (fields[less] ?? 0)));
  if (denominator === undefined) return value;
  const total = fields[denominator] ?? NaN;
  return total === 0 ? NaN : value / total;
}
