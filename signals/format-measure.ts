import { formatFigure } from '../source-text/figures.ts';
import { signalCatalogue } from './catalogue.ts';

/** A measure's value with the unit that the catalogue declares: `6.3 %`, `41 ms`; null is `unknown`. */
export function formatMeasure(signal: string, measure: string, value: number | null): string {
  return formatFigure(value, signalCatalogue.get(signal)?.measures[measure]?.unit);
}
