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
  if (unit === 'ratio') return `${significant(value * 100)} %`;
  if (unit === 'percent') return `${significant(value)} %`;
  return unit === undefined ? significant(value) : `${significant(value)} ${unit}`;
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
