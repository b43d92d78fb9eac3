import type { StuckData } from './stuck-head.ts';

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
