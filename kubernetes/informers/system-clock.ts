import { setTimeout } from 'node:timers/promises';
import { systemClock } from '../../stream/clock.ts';
import type { InformerClock } from './informer.ts';

export const systemInformerClock: InformerClock = {
  nowMs: () => systemClock.nowMs(),
  async sleep(ms, signal) {
    try {
      // A process whose work is done does not stay for an informer that waits.
      await setTimeout(ms, undefined, { signal, ref: false });
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  },
};
