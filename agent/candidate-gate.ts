import type { AgentClock } from './clock.ts';
import type { ProbeCandidate, ProbeRow } from './probe.ts';

export interface CandidateLimits {
  /** One key is flushed at most this often. */
  readonly keyGapMs: number;
  /** Flushes a second over all keys. */
  readonly perSecond: number;
}

/** Twenty a second and key: the first at once, and a burst is told to its end within the gap. */
export const defaultCandidateLimits: CandidateLimits = { keyGapMs: 50, perSecond: 200 };

export interface CandidateCounts {
  readonly flushed: number;
  /** Refused by the limit over all keys; what they would have told is in the window's closing flush. */
  readonly refused: number;
}

interface Waiting {
  candidate: ProbeCandidate;
  readonly cancel: () => void;
}

/**
 * Lets candidates through as far as the limits allow. After each flush the key is looked at again by itself when its
 * gap is over, because the kernel is silent about what follows within its own gap. At most `perSecond` keys wait.
 */
export class CandidateGate {
  readonly #clock: AgentClock;
  readonly #limits: CandidateLimits;
  readonly #flush: (row: ProbeRow) => void;
  readonly #waiting = new Map<string, Waiting>();
  #tokens: number;
  #refilledAtMs: number;
  #stopped = false;
  #counts = { flushed: 0, refused: 0 };

  constructor(clock: AgentClock, limits: CandidateLimits, flush: (row: ProbeRow) => void) {
    this.#clock = clock;
    this.#limits = limits;
    this.#flush = flush;
    this.#tokens = limits.perSecond;
    this.#refilledAtMs = this.#monotonicMs();
  }

  offer(candidate: ProbeCandidate): void {
    if (this.#stopped) return;
    const waiting = this.#waiting.get(candidate.key);
    if (waiting === undefined) this.#tell(candidate);
    else waiting.candidate = candidate;
  }

  counts(): CandidateCounts {
    return this.#counts;
  }

  /** Probes stop after the gate: what they offer until then would be taken from maps that are closed by its turn. */
  stop(): void {
    this.#stopped = true;
    for (const { cancel } of this.#waiting.values()) cancel();
    this.#waiting.clear();
  }

  #tell(candidate: ProbeCandidate): void {
    if (!this.#hasToken()) {
      this.#counts = { ...this.#counts, refused: this.#counts.refused + 1 };
      return;
    }
    const row = candidate.take();
    if (row === undefined) return;
    this.#tokens--;
    this.#counts = { ...this.#counts, flushed: this.#counts.flushed + 1 };
    const cancel = this.#clock.after(this.#limits.keyGapMs, () => this.#lookAgain(candidate.key));
    this.#waiting.set(candidate.key, { candidate, cancel });
    this.#flush(row);
  }

  #lookAgain(key: string): void {
    const waiting = this.#waiting.get(key);
    this.#waiting.delete(key);
    if (waiting !== undefined) this.#tell(waiting.candidate);
  }

  #hasToken(): boolean {
    const nowMs = this.#monotonicMs();
    const gained = ((nowMs - this.#refilledAtMs) * this.#limits.perSecond) / 1000;
    this.#tokens = Math.min(this.#limits.perSecond, this.#tokens + gained);
    this.#refilledAtMs = nowMs;
    return this.#tokens >= 1;
  }

  #monotonicMs(): number {
    return Number(this.#clock.monotonicNs() / 1_000n) / 1_000;
  }
}
