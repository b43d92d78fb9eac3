/** One value a step; undefined: nothing was measured. */
export type Series = readonly (number | undefined)[];

export interface SeriesFault {
  readonly offset: number;
  readonly message: string;
}

/** A day at a second each. */
export const maxSteps = 86_400;

const figure = String.raw`-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?`;
const itemPattern = new RegExp(`^(?:(_)|(${figure}))(?:([+-])(${figure}))?(?:x(\\d+))?$`);

/**
 * The shorthand of promtool (https://prometheus.io/docs/prometheus/latest/configuration/unit_testing_rules/#series):
 * `1 2 _ 4`; `0+5x10` is 0, 5, … 50: the first value and ten steps, so eleven values; `3x10` is eleven times 3;
 * `_x10` is ten values missing.
 */
export function parseSeries(text: string): Series | SeriesFault {
  const values: (number | undefined)[] = [];
  for (const match of text.matchAll(/\S+/g)) {
    const item = expand(match[0]);
    if (typeof item === 'string') return { offset: match.index, message: item };
    if (values.length + item.length > maxSteps)
      return { offset: match.index, message: `more than ${maxSteps} values` };
    for (const value of item) values.push(value);
  }
  return values.length === 0 ? { offset: 0, message: 'the series is empty' } : values;
}

function expand(item: string): Series | string {
  const [, missing, first, sign, step, times] = itemPattern.exec(item) ?? [];
  const count = times === undefined ? undefined : Number(times);
  if (count !== undefined && count > maxSteps) return `more than ${maxSteps} values`;
  if (missing !== undefined)
    return step === undefined ? new Array<undefined>(count ?? 1).fill(undefined) : `cannot read "${item}"`;
  if (first === undefined) return `cannot read "${item}": write values such as 5, _, 3x10, 0+5x10`;
  if (step !== undefined && count === undefined) return `"${item}" says no number of steps: write ${item}x10`;
  const by = step === undefined ? 0 : Number(`${sign ?? ''}${step}`);
  return Array.from({ length: (count ?? 0) + 1 }, (_, index) => Number(first) + index * by);
}
