import type { AlertDetail, AlertEntry } from '../history/alert-queries.ts';
import type { CaptureEntry } from '../history/capture-queries.ts';
import { summaryOf } from '../history/summary-of.ts';
import { describeWorst } from '../notifiers/content/describe-alert.ts';
import { describeCounted } from '../signals/describe-counted.ts';
import { formatMeasure } from '../signals/format-measure.ts';
import { formatBytes, formatDuration, formatLatency } from '../source-text/figures.ts';
import type { Notification } from '../stream/events/notification.ts';
import type { SocketEvidence } from '../stream/events/observation.ts';
import type { Transition } from '../stream/events/transition.ts';
import { formatTable, formatTime, printable } from './output.ts';

export function renderAlertList(entries: readonly AlertEntry[], nowMs: number): string {
  if (entries.length === 0) return 'no alerts';
  const rows = entries.map((entry) => [
    entry.id,
    entry.state,
    entry.peakLevel ?? '–',
    entry.last.alert,
    `${entry.last.subject.workload} → ${peerOf(entry.last)}`,
    describeWorst(entry.last),
    formatTime(entry.startedAtMs),
    formatDuration((entry.endedAtMs ?? nowMs) - entry.startedAtMs),
  ]);
  return formatTable(['ALERT', 'STATE', 'LEVEL', 'RULE', 'WHO → WHOM', 'WORST', 'SINCE', 'FOR'], rows);
}

export function renderAlert({ alert, transitions, notifications, captures }: AlertDetail): string {
  const { last } = alert;
  const summary = summaryOf(transitions);
  return [
    `${last.alert} ${alert.id}: ${alert.state}${alert.peakLevel === null ? '' : `, at worst ${alert.peakLevel}`}`,
    ...(summary === undefined ? [] : [printable(summary)]),
    `${printable(last.subject.workload)} → ${printable(peerOf(last))}, ${last.role ?? ''} on node ${last.subject.node}`,
    `labels: ${Object.entries(last.labels)
      .map(([name, value]) => `${name}=${printable(value)}`)
      .join(', ')}`,
    ...(alert.acknowledgedBy === null ? [] : [`acknowledged by ${printable(alert.acknowledgedBy)}`]),
    ...Object.entries(alert.notes).map(([name, text]) => `${printable(name)}: ${printable(text)}`),
    ...section('Transitions', transitions.map(renderTransition)),
    ...section('Counted here', describeCounted(last).map(printable)),
    ...section('Sockets', worstEvidence(transitions).map(renderSocket)),
    ...section('Notifications', notifications.map(renderNotification)),
    ...section('Captures', captures.map(renderCaptureLine)),
    '',
    `why: saccade explain ${alert.id}`,
  ].join('\n');
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ['', title, ...lines.map((line) => `  ${line}`)];
}

function renderTransition(transition: Transition): string {
  const state = transition.update ? 'still firing' : transition.state;
  const level = transition.level === null ? '' : ` (${transition.level})`;
  return `${formatTime(transition.at_ms)}  ${state}${level}  ${figureOf(transition, transition.value)} over ${formatDuration(transition.window_ms)}  ${printable(transition.reason)}`;
}

function worstEvidence(transitions: readonly Transition[]): readonly SocketEvidence[] {
  return transitions.findLast((one) => (one.evidence?.sockets.length ?? 0) > 0)?.evidence?.sockets ?? [];
}

function renderSocket(socket: SocketEvidence): string {
  const process = socket.pid === undefined ? '' : `  pid ${socket.pid} ${printable(socket.comm ?? '')}`;
  const rtt = socket.rtt_us === undefined ? '' : `, rtt ${formatLatency(socket.rtt_us)}`;
  const again = socket.retransmits === undefined ? '' : `, ${socket.retransmits} resent`;
  return `${socket.local} → ${socket.remote}  ${socket.state}${again}${rtt}${process}`;
}

function renderNotification(notification: Notification): string {
  const delay = notification.delay_ms === null ? '' : ` after ${formatDuration(notification.delay_ms)}`;
  const repeat = notification.possible_repeat ? ' (possible repeat)' : '';
  const reason = notification.reason === null ? '' : `: ${printable(notification.reason)}`;
  return `${formatTime(notification.at_ms)}  ${notification.receiver}  ${notification.purpose}  ${notification.phase}${delay}${repeat}${reason}`;
}

function renderCaptureLine(entry: CaptureEntry): string {
  const { capture } = entry;
  if (capture === null) return `${entry.id}  requested`;
  const packets = `${capture.packets_before} packets before, ${capture.packets_after} after, ${formatBytes(capture.bytes)}`;
  const why = capture.reason === null ? '' : `: ${printable(capture.reason)}`;
  return `${entry.id}  ${entry.phase}${why}  ${capture.file === null ? '' : packets}`.trimEnd();
}

export function peerOf(transition: Transition): string {
  const { peer, service_port: port } = transition;
  if (peer === null) return '–';
  return port === null ? peer.name : `${peer.name}:${port}`;
}

function figureOf({ signal, measure }: Transition, value: number | null): string {
  return formatMeasure(signal, measure, value);
}
