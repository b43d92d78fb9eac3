import type { Transition } from '../../stream/events/transition.ts';
import { formatDuration, formatFigure, formatTime } from './format-figure.ts';
import type { AlertView } from './alert-view.ts';
import { direction } from './alert-view.ts';
import { measureWords } from './measure-words.ts';

const figure = (transition: Transition, value: number | null): string =>
  formatFigure(transition.signal, transition.measure, value);

const what = ({ signal, measure }: Transition): string => measureWords(signal, measure);

/** "6.3 % of segments resent within 200 ms, normally up to 0.2 %". */
export function describeBadness(transition: Transition): string {
  const stalled = transition.fields['stalled_sockets'] ?? 0;
  const { baseline } = transition;
  const window = transition.window_ms > 0 ? ` within ${formatDuration(transition.window_ms)}` : '';
  const measured =
    transition.value === null && stalled > 0
      ? `${stalled} ${stalled === 1 ? 'socket' : 'sockets'} gone silent`
      : `${figure(transition, transition.value)} ${what(transition)}${window}`;
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

/** One line an alert where a message has several. */
export function describeLine(view: AlertView): string {
  const { transition } = view;
  const state = transition.state === 'firing' ? describeBadness(transition) : describeEnd(transition);
  return `${direction(transition)}: ${state}`;
}
