import type { CaptureEntry } from '../history/capture-queries.ts';
import type { PacketSummary } from '../stream/events/capture.ts';
import { formatBytes } from '../source-text/figures.ts';
import { formatTable, formatTime, printable } from './output.ts';

export function renderCaptureList(entries: readonly CaptureEntry[]): string {
  if (entries.length === 0) return 'no captures';
  const rows = entries.map((entry) => {
    const { capture } = entry;
    return [
      entry.id,
      entry.phase,
      formatTime(entry.atMs),
      flowOf(entry),
      capture === null ? '' : `${capture.packets_before} + ${capture.packets_after}`,
      capture === null ? '' : formatBytes(capture.bytes),
      capture?.reason ?? capture?.file ?? '',
    ];
  });
  return formatTable(['CAPTURE', 'PHASE', 'AT', 'WHO → WHOM', 'BEFORE + AFTER', 'SIZE', 'FILE'], rows);
}

export function renderCapture(entry: CaptureEntry, copiedTo: string | undefined): string {
  const { capture } = entry;
  const lines = [`${entry.id}: ${entry.phase}`, flowOf(entry)];
  if (capture === null) return lines.join('\n');
  if (capture.reason !== null) lines.push(printable(capture.reason));
  if (capture.file !== null) {
    lines.push(
      `${capture.packets_before} packets before, ${capture.packets_after} after; ${capture.seconds_held.toFixed(1)} s were held`,
      `${capture.file} (${formatBytes(capture.bytes)}${capture.truncated ? ', cut short by a limit' : ''})`,
      `sha256 ${capture.sha256 ?? ''}`,
    );
  }
  if (capture.summary !== null) lines.push('', ...renderSummary(capture.summary));
  if (capture.file !== null) lines.push('', `read it: tcpdump -nr ${copiedTo ?? capture.file}`);
  return lines.join('\n');
}

function renderSummary(summary: PacketSummary): string[] {
  return [
    `likely cause: ${printable(summary.likely_cause)}`,
    `${summary.packets} packets in ${summary.flows} flows: ${summary.data_segments} data segments, ` +
      `${summary.retransmissions} retransmissions (${summary.retransmissions_out} out, ${summary.retransmissions_in} in), ` +
      `${summary.duplicate_acks} duplicate ACKs, ${summary.resets} resets, ${summary.zero_windows} zero windows, ` +
      `${summary.syns} SYNs (${summary.syn_retransmissions} again), ${summary.handshakes_completed} handshakes`,
    ...(summary.dns === undefined ? [] : [renderDns(summary.dns)]),
  ];
}

function renderDns(dns: NonNullable<PacketSummary['dns']>): string {
  return (
    `DNS: ${dns.queries} queries (${dns.repeated} again), ${dns.answers} answers: ${dns.noerror} NOERROR, ` +
    `${dns.nxdomain} NXDOMAIN, ${dns.servfail} SERVFAIL, ${dns.refused} REFUSED, ${dns.other_errors} other; ` +
    `${dns.unanswered} unanswered`
  );
}

function flowOf({ request, capture }: CaptureEntry): string {
  const selector = capture?.selector ?? request?.selector;
  if (selector === undefined) return '';
  return `${printable(selector.subject.workload)} → ${printable(selector.peer.name)}:${selector.service_port}`;
}
