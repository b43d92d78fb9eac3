/** A segment that was sent and not acknowledged yet. */
export interface SentSegment {
  /** The sequence number behind its last byte, unwrapped. */
  readonly end: number;
  readonly sentNs: bigint;
  readonly resent: boolean;
}

/** What waits for the peer's acknowledgement, and how fast one came at best. */
export interface AwaitedAnswers {
  send(segment: SentSegment): void;
  /** Everything up to there was sent again. */
  resend(end: number): void;
  acknowledge(upTo: number, atNs: bigint): void;
  isOldestResent(): boolean;
  /** undefined: nothing was answered that was sent once. */
  shortestRoundTripNs(): bigint | undefined;
}

/** Of more than that the newest are not timed. */
const maxAwaited = 1024;

export function createAwaitedAnswers(): AwaitedAnswers {
  let awaited: { readonly end: number; readonly sentNs: bigint; resent: boolean }[] = [];
  let shortestNs: bigint | undefined;
  return {
    send(segment) {
      if (awaited.length < maxAwaited) awaited.push({ ...segment });
    },
    resend(end) {
      for (const sent of awaited) if (sent.end <= end) sent.resent = true;
    },
    acknowledge(upTo, atNs) {
      const later = awaited.findIndex((sent) => sent.end > upTo);
      const answered = later === -1 ? awaited : awaited.slice(0, later);
      for (const { sentNs, resent } of answered) {
        // Karn: the answer to what was sent twice says nothing about the round trip.
        const roundTripNs = atNs - sentNs;
        if (!resent && (shortestNs === undefined || roundTripNs < shortestNs)) shortestNs = roundTripNs;
      }
      if (answered.length > 0) awaited = awaited.slice(answered.length);
    },
    isOldestResent: () => awaited[0]?.resent === true,
    shortestRoundTripNs: () => shortestNs,
  };
}
