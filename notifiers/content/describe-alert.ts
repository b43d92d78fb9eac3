import { basename } from 'node:path';
import type { SocketEvidence } from '../../stream/events/observation.ts';
import type { Transition } from '../../stream/events/transition.ts';
import { formatDuration, formatFigure, formatTime } from './format-figure.ts';
import type { AlertView } from './alert-view.ts';
import { direction, ownName, shortName } from './alert-view.ts';

const words: Readonly<Record<string, string>> = {
  retransmit_ratio: 'of segments resent',
  loss_episode_ratio: 'loss episodes by segment',
  stalled_sockets: 'gone silent',
  syn_retransmits: 'SYN resent',
};

const figure = (transition: Transition, value: number | null): string =>
  formatFigure(transition.signal, transition.measure, value);

const what = (transition: Transition): string =>
  words[transition.measure] ?? transition.measure.replaceAll('_', ' ');

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

/** What the counters alone say; a capture's summary, where there is one, knows more. */
export function describeCause(view: AlertView): string {
  const summary = view.captures.findLast((capture) => capture.summary !== null)?.summary;
  if (summary) return summary.likely_cause;
  const { fields, peer } = view.transition;
  const peerText = shortName(peer?.name ?? 'the peer');
  const stalled = fields['stalled_sockets'] ?? 0;
  if (stalled > 0) return `${peerText} does not answer: ${stalled} sockets resend without any ACK`;
  const synResent = fields['syn_retransmits'] ?? 0;
  const resent = fields['retransmits'] ?? 0;
  if (resent === 0 && synResent > 0)
    return `${peerText} does not accept connections: ${synResent} SYNs resent`;
  if (resent === 0) return 'unknown until the packets are in';
  const sent = fields['data_segments'] ?? 0;
  const split = `${resent} of ${sent} segments resent: ${fields['fast'] ?? 0} by fast retransmit, ${fields['rto'] ?? 0} by time-out`;
  return `packets of ${ownName(view.transition)} or their ACKs get lost on the way (${split})`;
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

/** `node[4711]`: by its executable, since a thread may call itself anything. */
function describeProcess({ executable, comm, pid }: SocketEvidence): string | undefined {
  const name = executable === undefined ? comm : basename(executable);
  return name === undefined ? undefined : `${name}[${pid ?? '?'}]`;
}

/** Why it fired: the guards with their figures, the baseline's own sentence, the sockets. */
export function describeEvidence(view: AlertView): { readonly why: string; readonly sockets: string } {
  const { baseline, evidence } = view.transition;
  const guards = (baseline?.guards ?? []).map((guard) => `${guard.held ? '✓' : '✗'} ${guard.text}`);
  const why = [baseline?.why ?? view.transition.reason, ...guards].filter((line) => line !== '').join('\n');
  const sockets = (evidence?.sockets ?? []).map((socket) => {
    const parts = [
      `${socket.local} → ${socket.remote} ${socket.state}`,
      socket.cause,
      socket.retransmits === undefined ? undefined : `resent ${socket.retransmits}`,
      socket.cwnd === undefined ? undefined : `cwnd ${socket.cwnd}`,
      socket.rtt_us === undefined ? undefined : `rtt ${(socket.rtt_us / 1000).toFixed(1)} ms`,
      describeProcess(socket),
    ];
    return parts.filter((part) => part !== undefined).join(', ');
  });
  return { why, sockets: sockets.join('\n') };
}

/** One line an alert where a message has several. */
export function describeLine(view: AlertView): string {
  const { transition } = view;
  const state = transition.state === 'firing' ? describeBadness(transition) : describeEnd(transition);
  return `${direction(transition)}: ${state}`;
}
