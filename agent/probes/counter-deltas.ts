import type { TcpCounters } from './tcp-layout.ts';
import type { Delta, Fields, TcpSignal } from './tcp-signals.ts';

/** What one signal of one key has told of its cumulative counters. */
export interface SignalDeltas {
  /** What happened since the last telling; undefined: nothing. Tells nothing yet. To be asked at every reading. */
  peek(now: TcpCounters): Fields | undefined;
  /** From here on `now` is told. */
  commit(now: TcpCounters): void;
  /** The same, and a window ended. */
  endWindow(now: TcpCounters): void;
  /** true: worth telling before its time. */
  hasTrouble(now: TcpCounters): boolean;
}

/** Differences as the signal names them. */
export class CounterDeltas implements SignalDeltas {
  readonly #signal: TcpSignal;
  #told: TcpCounters | undefined;

  constructor(signal: TcpSignal) {
    this.#signal = signal;
  }

  peek(now: TcpCounters): Fields | undefined {
    return this.#signal.fields(this.#deltaTo(now), now);
  }

  commit(now: TcpCounters): void {
    this.#told = now;
  }

  endWindow(now: TcpCounters): void {
    this.#told = now;
  }

  hasTrouble(now: TcpCounters): boolean {
    return this.#signal.troubles(this.#deltaTo(now)) > 0;
  }

  /** After an eviction the kernel counts from zero under another incarnation: nothing of that was told. */
  #deltaTo(now: TcpCounters): Delta {
    const before = this.#told?.incarnation === now.incarnation ? this.#told : undefined;
    return (counter) => now[counter] - (before?.[counter] ?? 0);
  }
}
