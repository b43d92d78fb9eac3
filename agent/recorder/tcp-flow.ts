import { tcpFlag, type TcpHeader } from './packet.ts';
import { createSequenceSpace, type Seen, type SequenceSpace } from './sequence-space.ts';
import { createStuckHead, type StuckData } from './stuck-head.ts';

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

/** Counters of one connection. `in` comes from the peer, `out` goes to it. */
export interface FlowCounts {
  dataSegments: { in: number; out: number };
  /** Segments that were sent again, by the direction of the data. */
  resent: { in: number; out: number };
  /** Of the incoming ones: data that had arrived before, so that what got lost was our acknowledgement. */
  resentKnown: number;
  /** Of the incoming ones: data that filled a gap, so that the data itself had got lost. */
  resentMissing: number;
  duplicateAcks: { in: number; out: number };
  /** The peer said that it got something twice (RFC 2883): what got lost was its acknowledgement. */
  duplicateSacks: number;
  resets: { in: number; out: number };
  fins: number;
  /** Without ACK: attempts, each resend counted. */
  syns: { in: number; out: number };
  synAcks: { in: number; out: number };
  synsResent: number;
  handshakes: number;
  /** A SYN answered with a reset. */
  refused: number;
  zeroWindows: { in: number; out: number };
  /** Outgoing segments sent again since the peer was last heard, and for how long that was. */
  resentInSilence: number;
  /** Of what was sent again, two or more in a long silence: whether they arrived was never told. */
  resentUnheard: number;
  /** Of `resentKnown`, while data of ours that was sent again waited: what the peer sends arrives here. */
  knownWhileWaiting: number;
  silenceNs: bigint;
  /** The peer's window was closed when it was last heard. */
  isShut: boolean;
  /** Data that waits for its acknowledgement although it was sent again. */
  stuck: StuckData | undefined;
  /** The largest outgoing segment, in bytes of data on the wire. */
  largestSegment: number;
}

interface Side {
  readonly space: SequenceSpace;
  synSeq: number | undefined;
  lastAck: number | undefined;
  lastWindow: number;
}

interface Unacknowledged {
  readonly end: number;
  readonly sentNs: bigint;
  resent: boolean;
}

/** Reordering on a path whose round trip is unknown; Wireshark's figure for the same question. */
const reorderingNs = 3_000_000n;
const maxUnacknowledged = 1024;
/** Even on a path of microseconds, packets of two processors are recorded in another order than they came. */
const leastPatienceNs = 500_000n;

/** In which a peer that lives has answered: longer than the shortest time-out (RFC 6298, Linux: 200 ms). */
export const longSilenceNs = 300_000_000n;

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
  let unacknowledged: Unacknowledged[] = [];
  let shortestRoundTripNs: bigint | undefined;
  /** Of the peer's last packet; before there is one, of the first of all. */
  let lastHeardNs: bigint | undefined;
  let established = false;

  /** In a shorter silence the answer may be under way. */
  function unheard(): number {
    return c.resentInSilence > 1 && c.silenceNs >= longSilenceNs ? c.resentInSilence : 0;
  }

  function seeSignOfLife(atNs: bigint): void {
    c.resentUnheard += unheard();
    c.resentInSilence = 0;
    c.silenceNs = 0n;
    lastHeardNs = atNs;
  }

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
    if (direction === 'in') acknowledge(other.space.unwrap(tcp.ack), packet.ktimeNs);
  }

  /** Something of ours made the peer repeat itself. */
  function isProof({ tcp, payloadBytes }: TcpSighting, isDuplicateSack: boolean): boolean {
    return payloadBytes === 0 && sides.in.lastAck === tcp.ack && !isDuplicateSack && tcp.window > 0;
  }

  function acknowledge(upTo: number, atNs: bigint): void {
    let covered = 0;
    for (const sent of unacknowledged) {
      if (sent.end > upTo) break;
      covered += 1;
      // Karn: the answer to what was sent twice says nothing about the round trip.
      const roundTripNs = atNs - sent.sentNs;
      if (!sent.resent && (shortestRoundTripNs === undefined || roundTripNs < shortestRoundTripNs))
        shortestRoundTripNs = roundTripNs;
    }
    if (covered > 0) unacknowledged = unacknowledged.slice(covered);
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
      c.resentInSilence += resent;
      for (const sent of unacknowledged) if (sent.end <= seen.end) sent.resent = true;
    }
    head.sent(packet.tcp.seq, size, resent > 0);
    if (seen.freshBytes > 0 && unacknowledged.length < maxUnacknowledged)
      unacknowledged.push({ end: seen.end, sentNs: packet.ktimeNs, resent: resent > 0 });
  }

  function seeIncoming(packet: TcpSighting, seen: Seen, segmentsOf: (b: number) => number): void {
    const known = packet.resent && seen.againBytes === 0 && seen.filledBytes === 0;
    const again = segmentsOf(known ? packet.payloadBytes : seen.againBytes);
    c.resentKnown += again;
    if (unacknowledged[0]?.resent === true) c.knownWhileWaiting += again;
    // What was merely overtaken arrives well within a round trip; what was sent again needs a whole one.
    const ownNs = shortestRoundTripNs === undefined ? reorderingNs : (shortestRoundTripNs * 3n) / 4n;
    const patienceNs = ownNs > leastPatienceNs ? ownNs : leastPatienceNs;
    const late = seen.filledBytes > 0 && packet.ktimeNs - seen.gapOpenedNs >= patienceNs;
    const missing = late ? segmentsOf(seen.filledBytes) : 0;
    c.resentMissing += missing;
    c.resent.in += again + missing;
  }

  return {
    see(packet) {
      const { flags } = packet.tcp;
      c.silenceNs = packet.ktimeNs - (lastHeardNs ?? packet.ktimeNs);
      if (packet.direction === 'in') seeSignOfLife(packet.ktimeNs);
      lastHeardNs ??= packet.ktimeNs;
      if (flags & tcpFlag.rst) return seeReset(packet);
      if (flags & tcpFlag.fin) c.fins += 1;
      if (flags & tcpFlag.syn) return seeSyn(packet);
      seeHandshakeEnd(packet);
      if (flags & tcpFlag.ack) seeAck(packet);
      if (packet.payloadBytes > 0) seeData(packet);
    },
    counts: () => ({
      ...c,
      resentUnheard: c.resentUnheard + unheard(),
      isShut: sides.in.lastWindow === 0,
      stuck: head.stuck(),
    }),
  };
}

export function emptyCounts(): FlowCounts {
  return {
    dataSegments: { in: 0, out: 0 },
    resent: { in: 0, out: 0 },
    resentKnown: 0,
    resentMissing: 0,
    duplicateAcks: { in: 0, out: 0 },
    duplicateSacks: 0,
    resets: { in: 0, out: 0 },
    fins: 0,
    syns: { in: 0, out: 0 },
    synAcks: { in: 0, out: 0 },
    synsResent: 0,
    handshakes: 0,
    refused: 0,
    zeroWindows: { in: 0, out: 0 },
    resentInSilence: 0,
    resentUnheard: 0,
    knownWhileWaiting: 0,
    silenceNs: 0n,
    isShut: false,
    stuck: undefined,
    largestSegment: 0,
  };
}
