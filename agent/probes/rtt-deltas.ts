import type { SignalDeltas } from './counter-deltas.ts';
import type { TcpCounters } from './tcp-layout.ts';
import type { Fields } from './tcp-signals.ts';

const slots = ['min_rtt_even', 'min_rtt_odd'] as const;
const noSample = Infinity;

/**
 * `tcp.rtt`. The kernel keeps the smallest sample of this window and of the one before; whoever reads less often than
 * it tells gathers them meanwhile.
 */
export class RttDeltas implements SignalDeltas {
  #told: TcpCounters | undefined;
  /** At the last reading: an equal slot holds nothing new. */
  #read: TcpCounters | undefined;
  #smallestUs = noSample;

  peek(now: TcpCounters): Fields | undefined {
    const read = lifeOf(this.#read, now);
    for (const slot of slots)
      if (now[slot] !== 0n && now[slot] !== read?.[slot])
        this.#smallestUs = Math.min(this.#smallestUs, Number(now[slot] & 0xffff_ffffn));
    this.#read = now;
    const samples = now.rtt_samples - (lifeOf(this.#told, now)?.rtt_samples ?? 0);
    // The sum moves before the slot does: a reading in between tells at the next one.
    if (samples === 0 || this.#smallestUs === noSample) return undefined;
    return { min_rtt_us: this.#smallestUs, rtt_samples: samples };
  }

  commit(now: TcpCounters): void {
    this.#told = now;
    this.#smallestUs = noSample;
  }

  endWindow(now: TcpCounters): void {
    if (this.peek(now) !== undefined) this.commit(now);
  }

  hasTrouble(): boolean {
    return false;
  }
}

/** undefined: the kernel evicted that entry, and counts from zero. */
function lifeOf(before: TcpCounters | undefined, now: TcpCounters): TcpCounters | undefined {
  return before?.incarnation === now.incarnation ? before : undefined;
}
