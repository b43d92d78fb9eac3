import type { Unit } from '../../signals/define-signal.ts';

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

/** The values of one step by how often each was seen; undefined: none. */
export type SketchSeries = readonly (ReadonlyMap<number, number> | undefined)[];

const valuePattern = new RegExp(`^(${figure})(us|ms|s)?(?:\\*(\\d+))?$`);
const usByUnit: Readonly<Record<string, number>> = { us: 1, ms: 1_000, s: 1_000_000 };
const sketchForm =
  'write the values of a step such as 1200, 1200*20, 30ms*19,2s*1, _, each with x10 to repeat it';
const maxCount = 1_000_000;

/**
 * The shorthand for a sketch: each step names its values and how many of each, separated by commas.
 * `30ms*20x59` is sixty steps of twenty values of 30 ms; `30ms*18,2s*2` one step of eighteen and two; `_` none.
 * A bare figure is in the sketch's own unit; us, ms and s are for sketches of time.
 */
export function parseSketchSeries(text: string, unit: Unit): SketchSeries | SeriesFault {
  const steps: (ReadonlyMap<number, number> | undefined)[] = [];
  for (const match of text.matchAll(/\S+/g)) {
    const fault = (message: string): SeriesFault => ({ offset: match.index, message });
    const [, values = '', times] = /^(.+?)(?:x(\d+))?$/.exec(match[0]) ?? [];
    const step = values === '_' ? undefined : parseStep(values, unit);
    if (typeof step === 'string') return fault(step);
    const more = Number(times ?? 0) + (values === '_' && times !== undefined ? 0 : 1);
    if (steps.length + more > maxSteps) return fault(`more than ${maxSteps} values`);
    for (let count = 0; count < more; count++) steps.push(step);
  }
  return steps.length === 0 ? { offset: 0, message: 'the series is empty' } : steps;
}

function parseStep(text: string, unit: Unit): ReadonlyMap<number, number> | string {
  const values = new Map<number, number>();
  for (const part of text.split(',')) {
    const [, written, suffix, times] = valuePattern.exec(part) ?? [];
    if (written === undefined) return `cannot read "${part}": ${sketchForm}`;
    const value = Number(written) * (suffix === undefined ? 1 : timeFactor(suffix, unit));
    if (Number.isNaN(value)) return `the sketch is in ${unit}: "${part}" does not fit`;
    if (value < 0) return `"${part}" is negative`;
    const count = Number(times ?? 1);
    if (count > maxCount) return `"${part}" is more than ${maxCount} values`;
    values.set(value, (values.get(value) ?? 0) + count);
  }
  return values;
}

/** NaN: not a sketch of time. */
function timeFactor(suffix: string, unit: Unit): number {
  const ofUnit = usByUnit[unit];
  return ofUnit === undefined ? NaN : (usByUnit[suffix] ?? NaN) / ofUnit;
}
