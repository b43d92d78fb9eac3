/**
 * Figures as people read them: in messages, on the terminal and in the console, which all format with this module and
 * so show one figure in one way. It imports nothing, because browsers load it as it is. A space stands between figure
 * and unit (SI); two digits are shown, or all digits of whole numbers from 100 on: what is measured is rarely surer.
 * What a rule's language writes and reads (`0.5%`, `1m30s`) is in `quantities.ts`.
 */

const unknown = 'unknown';

/**
 * A value with its unit as the signal catalogue names it: 0.0123 of `ratio` → `1.2 %`, 41,200 of `us` → `41 ms`, 1 of
 * `segments` → `1 segment`. Without a unit the bare figure; null, undefined and NaN → `unknown`.
 */
export function formatFigure(value: number | null | undefined, unit: string | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return unknown;
  switch (unit) {
    case 'ratio':
      return formatPercent(value);
    case 'percent':
      return formatPercent(value / 100);
    case 'us':
      return formatLatency(value);
    case 'ms':
      return formatLatency(value * 1_000);
    case 'bytes':
      return formatBytes(value);
    case undefined:
    case '':
      return significant(value);
    default:
      return `${significant(value)} ${value === 1 ? unit.replace(/s$/u, '') : unit}`;
  }
}

/** The same without words, for axes: `12 %`, `41 ms`, `300`. */
export function formatTick(value: number, unit: string): string {
  const isShort = ['ratio', 'percent', 'us', 'ms', 'bytes'].includes(unit);
  return isShort ? formatFigure(value, unit) : significant(value);
}

/** 0.0123 → `1.2 %`. */
export function formatPercent(ratio: number): string {
  return Number.isFinite(ratio) ? `${significant(ratio * 100)} %` : unknown;
}

/** Measured time, µs → `850 µs`, `41 ms`, `1.2 s`. */
export function formatLatency(us: number): string {
  if (!Number.isFinite(us)) return unknown;
  if (us === 0) return '0 ms';
  if (Math.abs(us) < 1_000) return `${significant(us)} µs`;
  return Math.abs(us) < 1_000_000 ? `${significant(us / 1_000)} ms` : `${significant(us / 1_000_000)} s`;
}

const byteUnits = ['B', 'kB', 'MB', 'GB', 'TB'] as const;

/** `512 B`, `48 kB`, `1.2 GB`: powers of 1,000. */
export function formatBytes(bytes: number): string {
  if (!Number.isFinite(bytes)) return unknown;
  const power = Math.min(byteUnits.length - 1, Math.floor(Math.log10(Math.max(1, Math.abs(bytes))) / 3));
  return `${significant(bytes / 1_000 ** power)} ${byteUnits[power] ?? 'B'}`;
}

/** How long, ms → `340 ms`, `4.2 s`, `42 s`, `3 min 20 s`, `20 min`, `2 h 5 min`, `3 d 4 h`. Less than nothing is nothing. */
export function formatDuration(ms: number): string {
  if (!Number.isFinite(ms)) return unknown;
  if (ms <= 0) return '0 s';
  if (Math.round(ms) < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 9_950) return `${Number((ms / 1_000).toFixed(1))} s`;
  const seconds = Math.round(ms / 1_000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return joined(minutes, 'min', minutes < 10 ? seconds % 60 : 0, 's');
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return joined(hours, 'h', minutes % 60, 'min');
  return joined(Math.floor(hours / 24), 'd', hours % 24, 'h');
}

/** The same for an age that is shown while it grows: whole seconds. */
export function formatAge(ms: number): string {
  return formatDuration(Math.floor(ms / 1_000) * 1_000);
}

function joined(large: number, unit: string, small: number, smallUnit: string): string {
  return small > 0 ? `${large} ${unit} ${small} ${smallUnit}` : `${large} ${unit}`;
}

/** `12,345`. */
export function formatCount(count: number): string {
  return count.toLocaleString('en');
}

/** `1 alert`, `12 alerts`. */
export function plural(count: number, word: string): string {
  return `${formatCount(count)} ${word}${count === 1 ? '' : 's'}`;
}

function significant(value: number): string {
  if (Math.abs(value) >= 100) return formatCount(Math.round(value));
  return String(Number(value.toPrecision(2)));
}
