import type { AgentClock } from './clock.ts';

/**
 * Calls back at the end of each window, windows being aligned to the wall clock so that all nodes cut time at the
 * same places. A late call (a busy process) covers all windows since the one before: `startMs` is the first of them.
 */
export class AlignedWindows {
  readonly windowMs: number;
  readonly #clock: AgentClock;
  readonly #onEnd: (startMs: number, endMs: number) => void;
  #openedAtMs = 0;
  #cancel: (() => void) | undefined;

  constructor(clock: AgentClock, windowMs: number, onEnd: (startMs: number, endMs: number) => void) {
    this.#clock = clock;
    this.windowMs = windowMs;
    this.#onEnd = onEnd;
  }

  start(): void {
    this.#openedAtMs = this.#alignedNow();
    this.#schedule();
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  /** Start of the window that is open now. */
  openedAtMs(): number {
    return this.#openedAtMs;
  }

  #schedule(): void {
    const nowMs = this.#clock.nowMs();
    this.#cancel = this.#clock.after(this.windowMs - (nowMs % this.windowMs), () => this.#tick());
  }

  #tick(): void {
    const endMs = this.#alignedNow();
    const startMs = this.#openedAtMs;
    this.#schedule();
    // A timer may fire a millisecond early by the wall clock.
    if (endMs === startMs) return;
    this.#openedAtMs = endMs;
    // The wall clock was set back: there is no window between, the rows belong to the one before now.
    this.#onEnd(endMs > startMs ? startMs : endMs - this.windowMs, endMs);
  }

  #alignedNow(): number {
    const nowMs = this.#clock.nowMs();
    return nowMs - (nowMs % this.windowMs);
  }
}
