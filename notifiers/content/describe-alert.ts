import type { Transition } from '../../stream/events/transition.ts';
import { formatMeasure } from '../../signals/format-measure.ts';
import { formatDuration } from '../../source-text/figures.ts';
import { formatTime } from './format-time.ts';
import type { AlertView } from './alert-view.ts';
import { direction } from './alert-view.ts';
import { measureWords } from '../../signals/measure-words.ts';

const figure = (transition: Transition, value: number | null): string =>
  formatMeasure(transition.signal, transition.measure, value);

const what = ({ signal, measure }: Transition): string => measureWords(signal, measure);

/** What has not come to an end yet, and so is in no share: field → one, many. */
const unfinished: Readonly<Record<string, readonly [string, string]>> = {
  stalled_sockets: ['socket gone silent', 'sockets gone silent'],
  overdue: ['lookup waits for an answer', 'lookups wait for an answer'],
};

/** It fired by what has not come to an end: its value says nothing, or that all is well. */
function describeUnfinished({ value, baseline, fields }: Transition): string | undefined {
  const upper = baseline?.upper ?? null;
  if (value !== null && (upper === null || value > upper)) return undefined;
  for (const [field, [one, many]] of Object.entries(unfinished)) {
    const count = fields[field] ?? 0;
    if (count > 0) return `${count} ${count === 1 ? one : many}`;
  }
  return undefined;
}

/** A figure without its time misleads: half of a fifth of a second is a handful of segments. */
const within = (windowMs = 0): string => (windowMs > 0 ? ` within ${formatDuration(windowMs)}` : '');

/** `48 % within 200 ms`: of the time in which it was worst, often a shorter one than that of the value. */
export const describeWorst = (transition: Transition): string =>
  `${figure(transition, transition.worst_value)}${within(transition.worst_window_ms)}`;

/** "6.3 % of segments resent within 200 ms, normally up to 0.2 %", or "12 lookups wait for an answer". */
export function describeBadness(transition: Transition): string {
  const { baseline } = transition;
  const waiting = describeUnfinished(transition);
  if (waiting !== undefined) return waiting;
  const worst = transition.counted ? 'the worst ' : '';
  const measured = `${worst}${figure(transition, transition.value)} ${what(transition)}${within(transition.window_ms)}`;
  if (baseline === null || baseline.upper === null) return measured;
  const state = baseline.learned ? 'normally up to' : 'still learning; anywhere up to';
  return `${measured}, ${state} ${figure(transition, baseline.upper)}`;
}

/** `resolved after 42 s`, `expired after 3 min: no data any more`. */
export function describeEnd(transition: Transition): string {
  const since = transition.fired_at_ms ?? transition.started_at_ms;
  const after = formatDuration(transition.at_ms - since);
  return transition.state === 'expired'
    ? `expired after ${after}: no data any more`
    : `resolved after ${after}`;
}

export const describeStart = (transition: Transition): string => formatTime(transition.started_at_ms);

/** Of an alert that is over: how bad it was, and how it ended. */
export function describeOver(transition: Transition): string {
  const { worst_value: worst, baseline } = transition;
  const end = describeEnd(transition);
  if (worst === null) return end;
  const upper = baseline?.upper ?? null;
  const normal = upper === null ? '' : `, normally up to ${figure(transition, upper)}`;
  const worstWindow = within(transition.worst_window_ms);
  return `at worst ${figure(transition, worst)} ${what(transition)}${worstWindow}${normal}; ${end}`;
}

/** What the line of an alert does not name of its key yet: the path of a request, the name that was looked up. */
function distinctionOf({ key, counted }: Transition): string {
  if (counted) return '';
  const rest = Object.entries(key).flatMap(([name, value]) =>
    named.test(name) || value === '' ? [] : [value],
  );
  return rest.length === 0 ? '' : ` (${rest.join(', ')})`;
}

const named = /^(?:cluster|node|namespace|workload|pod|container|role|service_port|peer(?:\..*)?)$/u;

/** One line an alert where a message has several. */
export function describeLine(view: AlertView): string {
  const { transition } = view;
  const state = transition.state === 'firing' ? describeBadness(transition) : describeEnd(transition);
  return `${direction(transition)}${distinctionOf(transition)}: ${state}`;
}
