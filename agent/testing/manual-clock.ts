import type { AgentClock } from '../clock.ts';

interface Timer {
  readonly dueMs: number;
  readonly callback: () => void;
}

/** A clock that stands still until it is told to go on; timers run in the order in which they are due. */
export class ManualClock implements AgentClock {
  #nowMs: number;
  readonly #startedMs: number;
  #timers: readonly Timer[] = [];

  constructor(nowMs = Date.UTC(2026, 10, 21, 8)) {
    this.#nowMs = nowMs;
    this.#startedMs = nowMs;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  monotonicNs(): bigint {
    return BigInt(this.#nowMs - this.#startedMs) * 1_000_000n;
  }

  after(delayMs: number, callback: () => void): () => void {
    const timer = { dueMs: this.#nowMs + delayMs, callback };
    this.#timers = [...this.#timers, timer];
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  advance(byMs: number): void {
    const untilMs = this.#nowMs + byMs;
    for (let next = this.#nextDue(untilMs); next !== undefined; next = this.#nextDue(untilMs)) {
      const due = next;
      this.#timers = this.#timers.filter((other) => other !== due);
      this.#nowMs = Math.max(this.#nowMs, due.dueMs);
      due.callback();
    }
    this.#nowMs = untilMs;
  }

  get pendingTimers(): number {
    return this.#timers.length;
  }

  #nextDue(untilMs: number): Timer | undefined {
    return this.#timers.filter(({ dueMs }) => dueMs <= untilMs).sort((a, b) => a.dueMs - b.dueMs)[0];
  }
}
