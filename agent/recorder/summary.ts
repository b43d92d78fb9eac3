import type { PacketSummary } from '../../stream/events/capture.ts';
import type { Role } from '../../stream/events/observation.ts';
import { createDnsTally, likelyDnsCause, type DnsTally } from './dns-summary.ts';
import { isPeerShut, likelyCause } from './likely-cause.ts';
import { lostWayOf } from './lost-way.ts';
import { addressText, decodePacket, tcpFlag, type DecodedPacket } from './packet.ts';
import type { RecordedPacket } from './recorded-packet.ts';
import type { FlowCounts } from './flow-counts.ts';
import { createTcpFlow, type TcpFlow } from './tcp-flow.ts';

/** Connections told apart; packets of further ones are counted, their sequence numbers are not looked at. */
const maxFlows = 4096;

/** Counts what happened in packets in the order of time, and says what it looks like. */
export function summarizePackets(packets: Iterable<RecordedPacket>, role: Role): PacketSummary {
  const flows = new Map<string, { readonly flow: TcpFlow; synSeq: number | undefined }>();
  const finished: FlowCounts[] = [];
  const dns = createDnsTally();
  const size = { packets: 0, bytes: 0 };
  for (const packet of packets) {
    size.packets += 1;
    size.bytes += packet.length;
    const decoded = decodePacket(packet.bytes);
    if (decoded?.transport.kind === 'udp') dns.see(packet, decoded);
    if (decoded?.transport.kind !== 'tcp') continue;
    const key = flowKey(packet, decoded, role);
    const { flags, seq } = decoded.transport;
    const isAttempt = (flags & (tcpFlag.syn | tcpFlag.ack)) === tcpFlag.syn;
    let entry = flows.get(key);
    if (entry !== undefined && isAttempt && entry.synSeq !== seq) {
      // The same ports, another connection.
      finished.push(entry.flow.counts());
      entry = undefined;
    }
    if (entry === undefined) {
      if (flows.size + finished.length >= maxFlows) continue;
      entry = { flow: createTcpFlow(), synSeq: undefined };
      flows.set(key, entry);
    }
    if (isAttempt) entry.synSeq = seq;
    entry.flow.see({
      ktimeNs: packet.ktimeNs,
      direction: packet.direction,
      tcp: decoded.transport,
      payloadBytes: Math.max(0, packet.length - decoded.networkBytes - decoded.transport.headerBytes),
      gsoSize: packet.gsoSize,
      resent: packet.resent,
    });
  }
  return withDns(toSummary(size, [...finished, ...flows.values().map(({ flow }) => flow.counts())]), dns);
}

/** Packets of a resolver: what TCP would say of them is nothing. */
function withDns(summary: PacketSummary, tally: DnsTally): PacketSummary {
  const dns = tally.counts();
  if (dns === undefined) return summary;
  const cause = likelyDnsCause(dns);
  const isTold =
    summary.likely_cause.startsWith('unknown') && !(summary.flows > 0 && cause.startsWith('unknown'));
  return { ...summary, dns, ...(isTold && { likely_cause: cause }) };
}

/**
 * A connection by its client's end: with DNAT the server's address differs by direction, the client's does not. On the
 * client's own machine the port is enough, because all packets here belong to one peer and service.
 */
function flowKey(packet: RecordedPacket, decoded: DecodedPacket, role: Role): string {
  if (role === 'client') return String(packet.localPort);
  const remote = packet.direction === 'in' ? decoded.source : decoded.destination;
  return `${addressText(remote)} ${packet.remotePort}`;
}

function toSummary(
  size: Pick<PacketSummary, 'packets' | 'bytes'>,
  flows: readonly FlowCounts[],
): PacketSummary {
  const sum = (count: (flow: FlowCounts) => number): number => flows.reduce((n, flow) => n + count(flow), 0);
  const lostWay = lostWayOf(flows);
  const both = (count: (flow: FlowCounts) => { in: number; out: number }): number =>
    sum((flow) => count(flow).in + count(flow).out);
  return {
    ...size,
    data_segments: both((flow) => flow.dataSegments),
    retransmissions: both((flow) => flow.resent),
    duplicate_acks: both((flow) => flow.duplicateAcks),
    resets: both((flow) => flow.resets),
    syns: both((flow) => flow.syns),
    syn_retransmissions: sum((flow) => flow.synsResent),
    handshakes_completed: sum((flow) => flow.handshakes),
    zero_windows: both((flow) => flow.zeroWindows),
    fins: sum((flow) => flow.fins),
    retransmissions_out: sum((flow) => flow.resent.out),
    retransmissions_in: sum((flow) => flow.resent.in),
    flows: flows.length,
    ...(lostWay !== undefined && { lost_way: lostWay }),
    ...(isPeerShut(flows) && { peer_shut: true }),
    likely_cause: likelyCause(flows),
  };
}
