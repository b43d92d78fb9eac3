import { mergeFields, type Fields } from '../../history/merge-fields.ts';
import type { MeasureDefinition } from '../../signals/define-signal.ts';
import { measureValue } from '../../signals/measure-value.ts';

/** null: unknown at that moment (nothing was counted). */
export type ValuePoint = readonly [atMs: number, value: number | null];

/** The measure at the end of each step, over the `windowMs` before it; a gap where nothing was seen. */
export function measureOverWindow(
  signal: string,
  measure: MeasureDefinition,
  steps: ReadonlyMap<number, Fields>,
  { stepMs, windowMs }: { readonly stepMs: number; readonly windowMs: number },
): readonly ValuePoint[] {
  const count = Math.max(1, Math.round(windowMs / stepMs));
  const [first, last] = [[...steps.keys()][0], [...steps.keys()].at(-1)];
  if (first === undefined || last === undefined) return [];
  const points: ValuePoint[] = [];
  for (let atMs = first; atMs <= last; atMs += stepMs) {
    const within = Array.from({ length: count }, (_, back) => steps.get(atMs - back * stepMs));
    const seen = within.filter((fields) => fields !== undefined);
    const value =
      seen.length === 0
        ? NaN
        : measureValue(
            measure,
            seen.reduce((a, b) => mergeFields(signal, a, b)),
          );
    points.push([atMs + stepMs, Number.isNaN(value) ? null : value]);
  }
  return points;
}
