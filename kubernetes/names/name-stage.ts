import { type ObservationBatch, observationsType } from '../../stream/events/observation.ts';
import type { Stage } from '../../stream/port.ts';

/**
 * Raw observations → observations whose peers have names. No state: ids and partition keys stay, so a repeat after a
 * crash is dropped by whoever reads `signals`, and as many of these run beside each other as the lag asks for.
 */
export function createNameStage(nameBatch: (batch: ObservationBatch) => ObservationBatch): Stage {
  return {
    name: 'name',
    inputs: ['signals'],
    restore: () => undefined,
    process({ event }) {
      if (event.type !== observationsType) return [{ topic: 'signals', event }];
      return [{ topic: 'signals', event: { ...event, data: nameBatch(event.data as ObservationBatch) } }];
    },
    drainState: () => [],
    tickWithinMs: () => Infinity,
  };
}
