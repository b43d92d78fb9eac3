import { type Capture, type CaptureRequest, captureWithoutPackets } from '../../stream/events/capture.ts';
import type { StoredFile } from './capture-directory.ts';
import { decodePacket } from './packet.ts';
import type { CapturedPacket } from './pcapng.ts';
import type { CaptureContents } from './read-capture.ts';
import type { RecordedPacket } from './recorded-packet.ts';
import { summarizePackets } from './summary.ts';

/** A capture that the last run did not finish, told from its file: what led to the alert, and nothing after. */
export function describeRecovered(
  request: CaptureRequest,
  stored: StoredFile,
  { comments, packets }: CaptureContents,
): Capture {
  const marked = packets.findIndex(({ comment }) => comment !== undefined);
  const wallMs = (packet: CapturedPacket | undefined) =>
    packet === undefined ? null : Number(packet.wallNs) / 1e6;
  return {
    ...captureWithoutPackets(request, 'complete', 'Saccade was restarted while this capture ran'),
    file: stored.path,
    bytes: stored.bytes,
    sha256: stored.sha256,
    packets_before: Math.max(0, marked),
    packets_after: packets.length - Math.max(0, marked),
    seconds_held: secondsHeldIn(comments),
    first_packet_ms: wallMs(packets[0]),
    last_packet_ms: wallMs(packets.at(-1)),
    truncated: true,
    summary: summarizePackets(packets.map(toRecorded), request.selector.role),
  };
}

/** As capture-file.ts writes it. */
function secondsHeldIn(comments: readonly string[]): number {
  const found = comments.map((comment) => /^seconds held before: ([\d.]+)/.exec(comment)?.[1]);
  return Number(found.find((seconds) => seconds !== undefined) ?? 0);
}

/** Without what only the kernel knew: the socket, the size of segments, its own judgement of what was sent again. */
function toRecorded({ wallNs, direction, bytes, originalBytes }: CapturedPacket): RecordedPacket {
  const decoded = decodePacket(bytes);
  const ports = decoded !== undefined && 'sourcePort' in decoded.transport ? decoded.transport : undefined;
  const [source, destination] = [ports?.sourcePort ?? 0, ports?.destinationPort ?? 0];
  return {
    ktimeNs: wallNs,
    netnsCookie: 0n,
    socketCookie: 0n,
    cpu: 0,
    direction,
    length: originalBytes,
    gsoSize: 0,
    protocol: decoded?.protocol ?? 0,
    localPort: direction === 'out' ? source : destination,
    remotePort: direction === 'out' ? destination : source,
    resent: false,
    bytes,
  };
}
