import type { Unit } from '../../signals/define-signal.ts';
import { signalCatalogue } from '../../signals/catalogue.ts';

const significant = (value: number): string => {
  if (value === 0) return '0';
  if (Math.abs(value) >= 100) return value.toFixed(0);
  return String(Number(value.toPrecision(2)));
};

/** A measure's value with its unit, as the signal catalogue declares it; null is unknown. */
export function formatFigure(signal: string, measure: string, value: number | null): string {
  if (value === null || Number.isNaN(value)) return 'unknown';
  const unit = signalCatalogue.get(signal)?.measures[measure]?.unit;
  return unit === undefined ? significant(value) : formatUnit(value, unit);
}

function formatUnit(value: number, unit: Unit): string {
  switch (unit) {
    case 'ratio':
      return `${significant(value * 100)} %`;
    case 'percent':
      return `${significant(value)} %`;
    case 'us':
      return formatDurationUs(value);
    case 'ms':
      return formatDurationUs(value * 1_000);
    case 'bytes':
      return formatBytes(value);
    default:
      return `${significant(value)} ${value === 1 ? unit.replace(/s$/u, '') : unit}`;
  }
}

/** 850 µs, 41 ms, 1.2 s: what was measured, to two digits. */
export function formatDurationUs(us: number): string {
  if (us < 1_000) return `${significant(us)} µs`;
  return us < 1_000_000 ? `${significant(us / 1_000)} ms` : `${significant(us / 1_000_000)} s`;
}

const byteUnits = ['bytes', 'kB', 'MB', 'GB', 'TB'] as const;

/** 512 bytes, 48 kB, 1.2 GB: powers of 1,000. */
export function formatBytes(bytes: number): string {
  const power = Math.min(byteUnits.length - 1, Math.floor(Math.log10(Math.max(1, bytes)) / 3));
  return `${significant(bytes / 1_000 ** power)} ${byteUnits[power] ?? 'bytes'}`;
}

/** 42 s, 3 min 5 s, 2 h 10 min. */
export function formatDuration(durationMs: number): string {
  const seconds = Math.max(0, durationMs) / 1000;
  if (seconds < 10) return `${Number(seconds.toFixed(1))} s`;
  if (seconds < 60) return `${Math.round(seconds)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return joinParts(minutes, 'min', Math.floor(seconds % 60), 's');
  return joinParts(Math.floor(minutes / 60), 'h', minutes % 60, 'min');
}

const joinParts = (big: number, bigUnit: string, small: number, smallUnit: string): string =>
  small === 0 ? `${big} ${bigUnit}` : `${big} ${bigUnit} ${small} ${smallUnit}`;

/** 2026-11-21 10:15:25 UTC. */
export const formatTime = (ms: number): string =>
  new Date(ms).toISOString().slice(0, 19).replace('T', ' ') + ' UTC';
