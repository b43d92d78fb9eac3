import { createAwaitedAnswers } from './awaited-answers.ts';
import { emptyCounts, type FlowCounts } from './flow-counts.ts';
import { tcpFlag, type TcpHeader } from './packet.ts';
import { createPeerSilence } from './peer-silence.ts';
import { createSequenceSpace, type Seen, type SequenceSpace } from './sequence-space.ts';
import { createStuckHead } from './stuck-head.ts';

/** One TCP packet, decoded, as seen from this end. */
export interface TcpSighting {
  readonly ktimeNs: bigint;
  readonly direction: 'in' | 'out';
  readonly tcp: TcpHeader;
  readonly payloadBytes: number;
  /** Payload bytes a segment on the wire; 0: the packet is one segment. */
  readonly gsoSize: number;
  /** The kernel's own judgement. */
  readonly resent: boolean;
}

interface Side {
  readonly space: SequenceSpace;
  synSeq: number | undefined;
  lastAck: number | undefined;
  lastWindow: number;
}

/** Reordering on a path whose round trip is unknown; Wireshark's figure for the same question. */
const reorderingNs = 3_000_000n;
/** Even on a path of microseconds, packets of two processors are recorded in another order than they came. */
const leastPatienceNs = 500_000n;

export interface TcpFlow {
  see(packet: TcpSighting): void;
  counts(): FlowCounts;
}

export function createTcpFlow(): TcpFlow {
  const side = (): Side => ({
    space: createSequenceSpace(),
    synSeq: undefined,
    lastAck: undefined,
    lastWindow: -1,
  });
  const sides = { in: side(), out: side() };
  const c = emptyCounts();
  const head = createStuckHead();
  const awaited = createAwaitedAnswers();
  const silence = createPeerSilence();
  let established = false;

  function seeSyn({ direction, tcp }: TcpSighting): void {
    const own = sides[direction];
    if ((tcp.flags & tcpFlag.ack) === 0) c.syns[direction] += 1;
    else c.synAcks[direction] += 1;
    if (direction === 'in') head.answered(tcp.ack, true);
    if (own.synSeq === tcp.seq) c.synsResent += 1;
    own.synSeq = tcp.seq;
  }

  function seeReset({ direction }: TcpSighting): void {
    c.resets[direction] += 1;
    const attempts = direction === 'in' ? c.syns.out : c.syns.in;
    const answers = direction === 'in' ? c.synAcks.in : c.synAcks.out;
    if (attempts > 0 && answers === 0 && !established) c.refused += 1;
  }

  /** The third packet of a handshake, or the first data behind it. */
  function seeHandshakeEnd({ direction, tcp }: TcpSighting): void {
    const answered = direction === 'out' ? c.synAcks.in : c.synAcks.out;
    if (established || answered === 0 || (tcp.flags & tcpFlag.ack) === 0) return;
    established = true;
    c.handshakes += 1;
    if (direction === 'in') head.answered(tcp.ack, true);
  }

  function seeAck(packet: TcpSighting): void {
    const { direction, tcp, payloadBytes } = packet;
    const own = sides[direction];
    const other = sides[direction === 'in' ? 'out' : 'in'];
    const [firstBlock] = tcp.options.sackBlocks;
    const isDuplicateSack = firstBlock !== undefined && ((firstBlock[1] - tcp.ack) | 0) <= 0;
    if (isDuplicateSack && direction === 'in') c.duplicateSacks += 1;
    const outstanding = other.space.end !== undefined && other.space.unwrap(tcp.ack) < other.space.end;
    const unchanged = tcp.window === own.lastWindow || firstBlock !== undefined;
    if (payloadBytes === 0 && own.lastAck === tcp.ack && unchanged && outstanding && !isDuplicateSack)
      c.duplicateAcks[direction] += 1;
    if (direction === 'in') head.answered(tcp.ack, isProof(packet, isDuplicateSack));
    own.lastAck = tcp.ack;
    own.lastWindow = tcp.window;
    if (tcp.window === 0) c.zeroWindows[direction] += 1;
    if (direction === 'in') awaited.acknowledge(other.space.unwrap(tcp.ack), packet.ktimeNs);
  }

  /** Something of ours made the peer repeat itself. */
  function isProof({ tcp, payloadBytes }: TcpSighting, isDuplicateSack: boolean): boolean {
    return payloadBytes === 0 && sides.in.lastAck === tcp.ack && !isDuplicateSack && tcp.window > 0;
  }

  function seeData(packet: TcpSighting): void {
    const { direction, payloadBytes, ktimeNs } = packet;
    const size = packet.gsoSize > 0 ? Math.min(packet.gsoSize, payloadBytes) : payloadBytes;
    const segmentsOf = (bytes: number): number => Math.ceil(bytes / size);
    c.dataSegments[direction] += segmentsOf(payloadBytes);
    const seen = sides[direction].space.observe(packet.tcp.seq, payloadBytes, ktimeNs);
    if (direction === 'out') seeOutgoing(packet, seen, size, segmentsOf);
    else seeIncoming(packet, seen, segmentsOf);
  }

  function seeOutgoing(
    packet: TcpSighting,
    seen: Seen,
    size: number,
    segmentsOf: (b: number) => number,
  ): void {
    const segments = segmentsOf(packet.payloadBytes);
    c.largestSegment = Math.max(c.largestSegment, size);
    // Before the first packet of a recording lies data that only the kernel can know to have been sent.
    const resent = packet.resent && seen.againBytes === 0 ? segments : segmentsOf(seen.againBytes);
    if (resent > 0) {
      c.resent.out += resent;
      silence.resend(resent);
      awaited.resend(seen.end);
    }
    head.sent(packet.tcp.seq, size, resent > 0);
    if (seen.freshBytes > 0) awaited.send({ end: seen.end, sentNs: packet.ktimeNs, resent: resent > 0 });
  }

  function seeIncoming(packet: TcpSighting, seen: Seen, segmentsOf: (b: number) => number): void {
    const known = packet.resent && seen.againBytes === 0 && seen.filledBytes === 0;
    const again = segmentsOf(known ? packet.payloadBytes : seen.againBytes);
    c.resentKnown += again;
    if (awaited.isOldestResent()) c.knownWhileWaiting += again;
    // What was merely overtaken arrives well within a round trip; what was sent again needs a whole one.
    const roundTripNs = awaited.shortestRoundTripNs();
    const ownNs = roundTripNs === undefined ? reorderingNs : (roundTripNs * 3n) / 4n;
    const patienceNs = ownNs > leastPatienceNs ? ownNs : leastPatienceNs;
    const late = seen.filledBytes > 0 && packet.ktimeNs - seen.gapOpenedNs >= patienceNs;
    const missing = late ? segmentsOf(seen.filledBytes) : 0;
    c.resentMissing += missing;
    c.resent.in += again + missing;
  }

  return {
    see(packet) {
      const { flags } = packet.tcp;
      silence.see(packet.direction, packet.ktimeNs);
      if (flags & tcpFlag.rst) return seeReset(packet);
      if (flags & tcpFlag.fin) c.fins += 1;
      if (flags & tcpFlag.syn) return seeSyn(packet);
      seeHandshakeEnd(packet);
      if (flags & tcpFlag.ack) seeAck(packet);
      if (packet.payloadBytes > 0) seeData(packet);
    },
    counts: () => ({
      ...c,
      ...silence.counts(),
      isShut: sides.in.lastWindow === 0,
      stuck: head.stuck(),
    }),
  };
}
