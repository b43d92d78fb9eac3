import type { Capture, PacketSummary } from '../../stream/events/capture.ts';
import { formatBytes, formatCount, formatDuration, plural } from '../../source-text/figures.ts';
import { shortName } from './alert-view.ts';
import type { MessageContent } from './message-content.ts';
import { createContent } from './message-content.ts';

const countedDns = (dns: NonNullable<PacketSummary['dns']>): string =>
  `${dns.queries} DNS queries (${dns.repeated} again), ${dns.unanswered} unanswered, ${dns.answers} answers:` +
  ` ${dns.noerror} NOERROR, ${dns.nxdomain} NXDOMAIN, ${dns.servfail} SERVFAIL, ${dns.refused} REFUSED,` +
  ` ${dns.other_errors} other`;

/** Of a resolver that was asked over UDP there is nothing to say about TCP. */
const counted = (summary: PacketSummary): string => {
  const { dns, flows } = summary;
  if (dns === undefined) return countedTcp(summary);
  return flows === 0 ? countedDns(dns) : [countedDns(dns), countedTcp(summary)].join('\n');
};

const countedTcp = (summary: PacketSummary): string =>
  [
    `${summary.data_segments} data segments, ${summary.retransmissions} retransmissions` +
      ` (${summary.retransmissions_out} out, ${summary.retransmissions_in} in), ${summary.duplicate_acks} duplicate ACKs`,
    `${summary.handshakes_completed} handshakes of ${summary.syns} SYNs (${summary.syn_retransmissions} resent),` +
      ` ${summary.resets} resets, ${summary.fins} FINs, ${summary.zero_windows} zero windows, ${summary.flows} flows`,
  ].join('\n');

/** What a finished or failed capture adds to the thread. */
export function describeCapture(capture: Capture, downloadUrl: string | null = null): MessageContent {
  const path = `${shortName(capture.selector.subject.workload)} ↔ ${shortName(capture.selector.peer.name)}`;
  if (capture.phase !== 'complete') {
    const summary = `${capture.phase}: ${capture.reason ?? 'no reason given'}`;
    return createContent({ tone: 'info', title: `No packets of ${path}`, summary });
  }
  const { packets_before: before, packets_after: after, seconds_held: heldS } = capture;
  const held = `${plural(before, 'packet')} from before the alert (${formatDuration(heldS * 1_000)}), ${formatCount(after)} after it`;
  const isHere = capture.file !== null && !capture.file.startsWith('s3://');
  return createContent(
    {
      tone: 'info',
      title: `Packets of ${path}`,
      summary: capture.summary?.likely_cause ?? 'unknown: no summary',
    },
    {
      sections: [{ title: held, text: capture.summary === null ? '' : counted(capture.summary), code: true }],
      actions: [
        ...(downloadUrl === null ? [] : [{ label: 'Download', command: null, url: downloadUrl }]),
        { label: 'Get', command: `saccade captures get ${capture.id} ${capture.id}.pcapng`, url: null },
      ],
      footer: [
        `${capture.file ?? 'no file'}, ${formatBytes(capture.bytes)}${capture.truncated ? ', ended early by a limit' : ''}`,
        ...(capture.sha256 === null ? [] : [`sha256 ${capture.sha256}`]),
      ],
      // What lies in an object store is fetched by the command above, not attached.
      file: isHere ? capture.file : null,
    },
  );
}
