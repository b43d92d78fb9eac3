/** The oldest outgoing data that the peer has not acknowledged, in the state of a capture's end. */
export interface StuckData {
  /** Of the segment on the wire. */
  readonly size: number;
  /** How often it was sent again. */
  readonly resent: number;
  /** Answers since it was due that show that something else of ours arrived. */
  readonly passed: number;
}

/**
 * Follows which of our segments is due next at the peer. What a path swallows for its size is sent again and again at
 * this place, while selective acknowledgements tell of smaller segments behind it that arrived.
 */
export interface StuckHead {
  /** Our data: a segment that begins at `seq`. */
  sent(seq: number, size: number, isAgain: boolean): void;
  /** Anything of the peer that acknowledges. `isProof`: it sends this only when something of ours came in. */
  answered(ack: number, isProof: boolean): void;
  /** undefined: nothing that was sent again waits. */
  stuck(): StuckData | undefined;
}

export function createStuckHead(): StuckHead {
  let due: number | undefined;
  let size = 0;
  let resent = 0;
  let passed = 0;
  return {
    sent(seq, bytes, isAgain) {
      if (seq !== due) return;
      size = Math.max(size, bytes);
      if (isAgain) resent += 1;
    },
    answered(ack, isProof) {
      if (ack !== due) {
        due = ack;
        size = 0;
        resent = 0;
        passed = 0;
      }
      if (isProof) passed += 1;
    },
    stuck: () => (resent === 0 ? undefined : { size, resent, passed }),
  };
}
