import type { CaptureSelector } from '../stream/events/capture.ts';
import type { AgentClock } from './clock.ts';
import { selectorKey } from './recorder/frozen-flow.ts';

/** The rings hold seconds; a page is to be out within one. So whoever judges and tells goes first. */
const delayMs = 200;
/** Between two freezes: a freeze reads all rings, up to 100 ms on a busy machine, and nothing else runs meanwhile. */
const gapMs = 100;
/** More keys in trouble at once than that: their captures find what the rings hold by then. */
const maxWaiting = 64;

export interface FreezeQueueCounts {
  readonly waiting: number;
  readonly refused: number;
}

/** Freezes of candidates, a little later and one at a time; a selector waits once. */
export class FreezeQueue {
  readonly #clock: AgentClock;
  readonly #freeze: (selector: CaptureSelector) => void;
  readonly #waiting = new Map<string, CaptureSelector>();
  #cancel: (() => void) | undefined;
  #refused = 0;

  constructor(clock: AgentClock, freeze: (selector: CaptureSelector) => void) {
    this.#clock = clock;
    this.#freeze = freeze;
  }

  add(selector: CaptureSelector): void {
    const key = selectorKey(selector);
    if (this.#waiting.has(key)) return;
    if (this.#waiting.size >= maxWaiting) {
      this.#refused++;
      return;
    }
    this.#waiting.set(key, selector);
    this.#cancel ??= this.#clock.after(delayMs, () => this.#next());
  }

  counts(): FreezeQueueCounts {
    return { waiting: this.#waiting.size, refused: this.#refused };
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#waiting.clear();
  }

  #next(): void {
    this.#cancel = undefined;
    const [first] = this.#waiting;
    if (first === undefined) return;
    const [key, selector] = first;
    this.#waiting.delete(key);
    if (this.#waiting.size > 0) this.#cancel = this.#clock.after(gapMs, () => this.#next());
    this.#freeze(selector);
  }
}
