/** Times and names as people read them; figures are in `source-text/figures.ts`. */

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

/** `service_port` → `Service port`. */
export function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1).replaceAll('_', ' ');
}

/** `Share of segments resent`, `Connections made`, `Time at the median of answers`: what a figure is a figure of. */
export function figureTitle({ unit, words }: { readonly unit: string; readonly words: string }): string {
  const isShare = unit === 'ratio' || unit === 'percent';
  if (!isShare && unit !== 'us') return capitalized(`${unit} ${words}`);
  if (!/^(at|for|of) /.test(words)) return capitalized(words);
  return `${isShare ? 'Share' : 'Time'} ${words}`;
}
