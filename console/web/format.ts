/** Figures and times as people read them. */

const units: Readonly<Record<string, string>> = {
  segments: 'segments',
  sockets: 'sockets',
  episodes: 'episodes',
  connections: 'connections',
  lookups: 'lookups',
  requests: 'requests',
  events: 'events',
};

/** 0.0123 of `ratio` → `1.2 %`; 41200 of `us` → `41 ms`. null: `unknown`. */
export function formatValue(value: number | null | undefined, unit: string): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return 'unknown';
  switch (unit) {
    case 'ratio':
      return `${significant(value * 100)} %`;
    case 'percent':
      return `${significant(value)} %`;
    case 'us':
      return formatSpan(value / 1000);
    case 'ms':
      return formatSpan(value);
    case 'bytes':
      return formatBytes(value);
    default:
      return unit in units ? `${significant(value)} ${units[unit]}` : significant(value);
  }
}

/** The same without words, for axes. */
export function formatTick(value: number, unit: string): string {
  const text = formatValue(value, unit);
  return unit in units || unit === '' ? significant(value) : text;
}

function significant(value: number): string {
  const size = Math.abs(value);
  if (size === 0) return '0';
  if (size >= 100) return Math.round(value).toLocaleString('en');
  return String(Number(value.toPrecision(2)));
}

export function formatBytes(bytes: number): string {
  const steps = ['B', 'kB', 'MB', 'GB', 'TB'];
  let [value, step] = [bytes, 0];
  while (value >= 1000 && step < steps.length - 1) [value, step] = [value / 1000, step + 1];
  return `${step === 0 ? Math.round(value) : significant(value)} ${steps[step]}`;
}

/** Milliseconds with two figures: `0.4 ms`, `41 ms`, `3.2 s`. */
function formatSpan(ms: number): string {
  return ms < 1000 ? `${significant(ms)} ms` : `${significant(ms / 1000)} s`;
}

/** How long: `42 s`, `3 min 20 s`, `2 h 5 min`, `3 d 4 h`. */
export function formatDuration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return joined(minutes, 'min', seconds % 60, 's', minutes < 10);
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return joined(hours, 'h', minutes % 60, 'min', true);
  return joined(Math.floor(hours / 24), 'd', hours % 24, 'h', true);
}

function joined(large: number, unit: string, small: number, smallUnit: string, both: boolean): string {
  return both && small > 0 ? `${large} ${unit} ${small} ${smallUnit}` : `${large} ${unit}`;
}

const sameDay = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const otherDay = new Intl.DateTimeFormat('en-GB', {
  day: '2-digit',
  month: 'short',
  hour: '2-digit',
  minute: '2-digit',
});
const otherYear = new Intl.DateTimeFormat('en-GB', {
  day: '2-digit',
  month: 'short',
  year: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
});

/** In the reader's own time zone: `14:03:20` today, `12 Nov, 14:03` before. */
export function formatTime(ms: number): string {
  const [date, now] = [new Date(ms), new Date()];
  if (date.toDateString() === now.toDateString()) return sameDay.format(date);
  return (date.getFullYear() === now.getFullYear() ? otherDay : otherYear).format(date);
}

export function formatDay(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}

/** `deployment/checkout` → `checkout`: what the eye looks for. Other names (`192.0.2.0/24`) stay as they are. */
export function shortName(workload: string): string {
  return workload.replace(/^[a-z][a-z-]*\//, '');
}

export function plural(count: number, word: string): string {
  return `${count.toLocaleString('en')} ${word}${count === 1 ? '' : 's'}`;
}
