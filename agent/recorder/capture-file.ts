import type { CaptureRequest } from '../../stream/events/capture.ts';
import { encodeHeader, encodePacket } from './pcapng.ts';
import type { RecordedPacket } from './recorded-packet.ts';

export interface CaptureFileInput {
  readonly request: CaptureRequest;
  /** In the order of time. */
  readonly packets: readonly RecordedPacket[];
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
  /** Those that fitted. */
  readonly packets: readonly RecordedPacket[];
}

/** Makes the pcapng; what does not fit is left out at the end. */
export function encodeCaptureFile(input: CaptureFileInput): CaptureFile {
  const header = encodeHeader({
    application: 'saccade flight recorder',
    interfaceName: `sockets of ${input.request.selector.subject.workload}`,
    snaplen: 0,
    comments: headerComments(input),
  });
  const blocks: Uint8Array[] = [header];
  const packets: RecordedPacket[] = [];
  const marked = input.packets.find(({ ktimeNs }) => ktimeNs >= input.markerKtimeNs) ?? input.packets.at(-1);
  let bytes = header.length;
  for (const packet of input.packets) {
    const block = encodePacket({
      wallNs: packet.ktimeNs + input.wallOffsetNs,
      direction: packet.direction,
      bytes: packet.bytes,
      originalBytes: packet.length,
      ...(packet === marked ? { comment: markerComment(input) } : {}),
    });
    if (bytes + block.length > input.maxBytes) break;
    bytes += block.length;
    blocks.push(block);
    packets.push(packet);
  }
  return { contents: Buffer.concat(blocks, bytes), packets };
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
