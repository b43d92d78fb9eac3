import type { CaptureRequest } from '../../stream/events/capture.ts';
import {
  type CapturedPacket,
  encodedPacketBytes,
  encodeHeader,
  encodePacket,
  writePacket,
} from './pcapng.ts';
import type { RecordedPacket } from './recorded-packet.ts';

export interface CaptureFileInput {
  readonly request: CaptureRequest;
  /** In the order of time; read twice. */
  readonly packets: Iterable<RecordedPacket>;
  /** What they take, each encoded. */
  readonly packetBytes: number;
  readonly wallOffsetNs: bigint;
  /** The moment of the alert: the first packet from then on carries a comment. */
  readonly markerKtimeNs: bigint;
  readonly secondsHeld: number;
  readonly likelyCause: string;
  /** What is missing, a comment each. */
  readonly notes: readonly string[];
  /** The file is never longer. */
  readonly maxBytes: number;
}

export interface CaptureFile {
  readonly contents: Uint8Array;
  /** How many of them fitted, from the first on. */
  readonly packets: number;
}

/** More than the comment on the marked packet can take. */
const maxMarkerBytes = 8_192;

/** Makes the pcapng; what does not fit is left out at the end. */
export function encodeCaptureFile(input: CaptureFileInput): CaptureFile {
  const header = encodeHeader({
    application: 'saccade flight recorder',
    interfaceName: `sockets of ${input.request.selector.subject.workload}`,
    snaplen: 0,
    comments: headerComments(input),
  });
  const marked = indexOfMarked(input);
  const limit = Math.min(input.maxBytes, header.length + input.packetBytes + maxMarkerBytes);
  const contents = new Uint8Array(Math.max(limit, header.length));
  contents.set(header);
  let bytes = header.length;
  let packets = 0;
  for (const recorded of input.packets) {
    const packet = toCaptured(recorded, input.wallOffsetNs);
    const block = packets === marked ? encodePacket({ ...packet, comment: markerComment(input) }) : undefined;
    const length = block?.length ?? encodedPacketBytes(packet.bytes.length);
    if (bytes + length > limit) break;
    if (block === undefined) writePacket(contents, bytes, packet);
    else contents.set(block, bytes);
    bytes += length;
    packets += 1;
  }
  return { contents: contents.subarray(0, bytes), packets };
}

/** Of the first packet from the moment on, else of the last. */
function indexOfMarked({ packets, markerKtimeNs }: CaptureFileInput): number {
  let index = 0;
  for (const { ktimeNs } of packets) {
    if (ktimeNs >= markerKtimeNs) return index;
    index += 1;
  }
  return index - 1;
}

function toCaptured(packet: RecordedPacket, wallOffsetNs: bigint): CapturedPacket {
  const { ktimeNs, direction, bytes, length } = packet;
  return { wallNs: ktimeNs + wallOffsetNs, direction, bytes, originalBytes: length };
}

function headerComments({ request, secondsHeld, likelyCause, notes }: CaptureFileInput): string[] {
  const { alert, selector } = request;
  const { subject, peer, role } = selector;
  return [
    `capture: ${request.id}, requested by ${request.requested_by}, node ${request.node}`,
    ...(alert === null
      ? []
      : [
          `alert: ${alert.summary}`,
          `rule: ${alert.rule_id}, alert ${alert.fingerprint}, episode ${alert.episode}`,
        ]),
    `subject: ${subject.namespace}/${subject.workload} as ${role}`,
    `peer: ${peer.name} (${[...new Set([peer.ip, ...selector.peer_ips])].join(', ')}), service port ${selector.service_port}`,
    `seconds held before: ${secondsHeld.toFixed(1)} of ${(request.before_ms / 1000).toFixed(1)}; ` +
      'packets are complete from then on, older ones are of some processors only',
    'packets are cut behind the transport header (DNS excepted), unless captures.snaplen asks for more',
    `likely cause: ${likelyCause}`,
    ...notes,
  ];
}

function markerComment({ request, markerKtimeNs, wallOffsetNs }: CaptureFileInput): string {
  const at = new Date(Number((markerKtimeNs + wallOffsetNs) / 1_000_000n)).toISOString();
  return request.alert === null ? `requested at ${at}` : `alert ${request.alert.rule_id} at ${at}`;
}
