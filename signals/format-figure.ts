import { formatPercent } from '../source-text/quantities.ts';
import type { Unit } from './define-signal.ts';

/** A figure for people, three digits at most where it is a size or a time: `850us`, `1.23s`, `12%`, `4 segments`. */
export function formatFigure(value: number, unit: Unit | undefined): string {
  if (!Number.isFinite(value)) return '?';
  switch (unit) {
    case 'ratio':
      return formatPercent(value);
    case 'percent':
      return formatPercent(value / 100);
    case 'us':
      return formatScaled(value, timeScale);
    case 'ms':
      return formatScaled(value * 1_000, timeScale);
    case 'bytes':
      return formatScaled(value, byteScale);
    default:
      return `${Number(value.toPrecision(4))}${unit === undefined ? '' : ` ${unit}`}`;
  }
}

type Scale = readonly (readonly [factor: number, unit: string])[];
const timeScale: Scale = [
  [1e6, 's'],
  [1e3, 'ms'],
  [1, 'us'],
];
const byteScale: Scale = [
  [1e9, 'GB'],
  [1e6, 'MB'],
  [1e3, 'kB'],
  [1, 'B'],
];

function formatScaled(value: number, scale: Scale): string {
  const [factor, unit] = scale.find(([size]) => Math.abs(value) >= size) ?? scale.at(-1) ?? [1, ''];
  return `${Number((value / factor).toPrecision(3))}${unit}`;
}
