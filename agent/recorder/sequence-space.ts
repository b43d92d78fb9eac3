/** What one direction of a TCP connection has sent, by sequence ranges as an observer saw them. */
export interface SequenceSpace {
  /** Takes `length` bytes from `seq` on (both as in the header) and says what was new in them. */
  observe(seq: number, length: number, atNs: bigint): Seen;
  /** Unwrapped end of what was seen; undefined: nothing yet. */
  readonly end: number | undefined;
  /** A number of the header (sequence or acknowledgement) as an unwrapped one near the end. */
  unwrap(value: number): number;
}

export interface Seen {
  readonly freshBytes: number;
  /** Seen before. */
  readonly againBytes: number;
  /** Filled a gap left before. */
  readonly filledBytes: number;
  /** When the oldest gap that was filled had opened; 0: none was. */
  readonly gapOpenedNs: bigint;
  /** Unwrapped end of the range. */
  readonly end: number;
}

interface Gap {
  readonly from: number;
  readonly to: number;
  readonly openedNs: bigint;
}

/** Gaps remembered; what fills an older one counts as seen before. */
const maxGaps = 64;

export function createSequenceSpace(): SequenceSpace {
  let end: number | undefined;
  let gaps: Gap[] = [];

  /** Sequence numbers wrap at 2^32 (RFC 9293 3.4): the nearest one to the end is meant. */
  const unwrap = (value: number): number => (end === undefined ? value : end + ((value - end) | 0));

  function fill(from: number, to: number): Pick<Seen, 'filledBytes' | 'gapOpenedNs'> {
    let filledBytes = 0;
    let gapOpenedNs = 0n;
    const left: Gap[] = [];
    for (const gap of gaps) {
      const overlap = Math.min(gap.to, to) - Math.max(gap.from, from);
      if (overlap <= 0) {
        left.push(gap);
        continue;
      }
      filledBytes += overlap;
      if (gapOpenedNs === 0n || gap.openedNs < gapOpenedNs) gapOpenedNs = gap.openedNs;
      if (gap.from < from) left.push({ ...gap, to: from });
      if (gap.to > to) left.push({ ...gap, from: to });
    }
    gaps = left;
    return { filledBytes, gapOpenedNs };
  }

  return {
    get end() {
      return end;
    },
    unwrap,
    observe(seq, length, atNs) {
      if (end === undefined) {
        end = seq + length;
        return { freshBytes: length, againBytes: 0, filledBytes: 0, gapOpenedNs: 0n, end };
      }
      const from = unwrap(seq);
      const to = from + length;
      const { filledBytes, gapOpenedNs } = fill(from, Math.min(to, end));
      const freshBytes = Math.max(0, to - Math.max(from, end));
      const againBytes = length - freshBytes - filledBytes;
      if (from > end) gaps = [...gaps.slice(-(maxGaps - 1)), { from: end, to: from, openedNs: atNs }];
      end = Math.max(end, to);
      return { freshBytes, againBytes, filledBytes, gapOpenedNs, end: to };
    },
  };
}
