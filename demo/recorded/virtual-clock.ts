import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../../notifiers/clock.ts';

/** The time of a recording, running `speed` times as fast as that of the wall. */
export class VirtualClock implements Clock {
  readonly #startMs: number;
  readonly #speed: number;
  readonly #wallStartMs = performance.now();

  constructor(startMs: number, speed: number) {
    this.#startMs = startMs;
    this.#speed = speed;
  }

  nowMs(): number {
    return Math.round(this.#startMs + (performance.now() - this.#wallStartMs) * this.#speed);
  }

  async sleep(ms: number, signal: AbortSignal): Promise<void> {
    try {
      await sleep(ms / this.#speed, undefined, { signal });
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  async until(atMs: number, signal: AbortSignal): Promise<void> {
    const leftMs = atMs - this.nowMs();
    // A timer a record would be slower than the records.
    if (leftMs > 20) await this.sleep(leftMs, signal);
  }
}
