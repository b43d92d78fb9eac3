import type { AgentClock } from '../clock.ts';

/** From its beginning on. */
export interface HoldUpSpan {
  /** For how long this process did not come to look, so far; µs. */
  heldUs(): number;
  /** Idempotent. */
  end(): void;
}

const tickMs = 20;
/** Timers are never exact; a request that waits for a second must not gather it. */
const toleranceUs = 5_000;

/**
 * How long this process itself was held up while something was timed: a CPU limit that is used up, a machine that is
 * busy, a long piece of own work. An answer that lies ready in the kernel meanwhile looks late, and is not. Measured
 * by a timer that runs only while there is something to time: what it comes late by, the process did not run.
 */
export class HoldUps {
  readonly #clock: Pick<AgentClock, 'after' | 'monotonicNs'>;
  #running = 0;
  #heldUs = 0;
  #tickedUs = 0;
  #cancelTick = (): void => undefined;

  constructor(clock: Pick<AgentClock, 'after' | 'monotonicNs'>) {
    this.#clock = clock;
  }

  begin(): HoldUpSpan {
    if (this.#running++ === 0) this.#tick(this.#nowUs());
    const beforeUs = this.#totalUs();
    let ended = false;
    return {
      heldUs: () => this.#totalUs() - beforeUs,
      end: () => {
        if (ended) return;
        ended = true;
        if (--this.#running === 0) this.#cancelTick();
      },
    };
  }

  #tick(nowUs: number): void {
    this.#tickedUs = nowUs;
    this.#cancelTick = this.#clock.after(tickMs, () => {
      this.#heldUs = this.#totalUs();
      this.#tick(this.#nowUs());
    });
  }

  /** What is due and has not come counts, too: after a stall, packets may be read before timers run. */
  #totalUs(): number {
    const lateUs = this.#nowUs() - this.#tickedUs - tickMs * 1_000 - toleranceUs;
    return this.#heldUs + Math.max(0, lateUs);
  }

  #nowUs(): number {
    return Number(this.#clock.monotonicNs() / 1_000n);
  }
}
