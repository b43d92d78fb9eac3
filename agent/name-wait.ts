import type { AgentClock } from './clock.ts';
import type { SocketOwner } from './names/port.ts';
import type { ProbeRow } from './probe.ts';

export interface NameWaitOptions {
  readonly clock: AgentClock;
  /** False after a bounded time in any case. */
  readonly isPending: (owner: SocketOwner) => boolean;
  /** How long a candidate may wait. */
  readonly candidateMs?: number;
  readonly maxRows?: number;
}

export interface NameWaitCounts {
  /** Rows and candidates that went out later, or not by the limits of waiting. */
  readonly waited: number;
  /** Over the limit of what may wait at once: went out at once, under the name that there was. */
  readonly overflowed: number;
}

/** A name that is there in time is worth this much of a page's second; see docs/decisions/0201. */
const defaultCandidateMs = 100;

/**
 * Holds rows back whose owners' names are on their way: else the first seconds of a new pod would be those of a
 * workload of its own, called by the pod's id.
 */
export class NameWait {
  readonly #options: NameWaitOptions;
  readonly #maxRows: number;
  #rows: ProbeRow[] = [];
  readonly #candidates = new Map<object, { readonly cancel: () => void; readonly flush: () => void }>();
  #counts: NameWaitCounts = { waited: 0, overflowed: 0 };
  #stopped = false;

  constructor(options: NameWaitOptions) {
    this.#options = options;
    this.#maxRows = options.maxRows ?? 4_096;
  }

  /** Rows that may go out at the end of the window that began at `startMs`: those of before, and these. */
  pass(rows: readonly ProbeRow[], startMs: number): readonly ProbeRow[] {
    const before = this.#rows;
    this.#rows = [];
    const passing = before.filter((row) => !this.#holds(row, startMs));
    return [...passing, ...rows.filter((row) => !this.#holds(row, startMs))];
  }

  /** Calls `flush` at once, or when the name is due; once. */
  passCandidate({ owner }: ProbeRow, flush: () => void): void {
    if (this.#stopped || !this.#options.isPending(owner) || this.#isFull()) return flush();
    this.#count('waited');
    const key = {};
    const end = (): void => {
      if (this.#candidates.delete(key)) flush();
    };
    const { clock, candidateMs = defaultCandidateMs } = this.#options;
    this.#candidates.set(key, { cancel: clock.after(candidateMs, end), flush });
  }

  counts(): NameWaitCounts {
    return this.#counts;
  }

  /** From now on nothing waits; what does, goes out with the next `pass`. Idempotent. */
  stop(): void {
    this.#stopped = true;
    const waiting = [...this.#candidates.values()];
    this.#candidates.clear();
    for (const { cancel, flush } of waiting) {
      cancel();
      flush();
    }
  }

  #holds(row: ProbeRow, startMs: number): boolean {
    if (this.#stopped || !this.#options.isPending(row.owner) || this.#isFull()) return false;
    // Told with a later window, it says itself since when it counts.
    this.#rows.push({ ...row, sinceMs: row.sinceMs ?? startMs });
    this.#count('waited');
    return true;
  }

  #isFull(): boolean {
    const full = this.#rows.length + this.#candidates.size >= this.#maxRows;
    if (full) this.#count('overflowed');
    return full;
  }

  #count(what: keyof NameWaitCounts): void {
    this.#counts = { ...this.#counts, [what]: this.#counts[what] + 1 };
  }
}
