import { createCloudEvent } from '../../stream/cloud-event.ts';
import { acknowledgedType } from '../../stream/events/control.ts';
import { captureRequestedType } from '../../stream/events/capture.ts';
import type { Stage } from '../../stream/port.ts';

/** Second of a chain: numbers what the first one told, so that a gap or a repeat between the two shows. */
export function createForwardStage(): Stage {
  let count = 0;
  return {
    name: 'forward',
    inputs: ['alerts'],
    restore(entries): void {
      for (const [, value] of entries) count = Number(new TextDecoder().decode(value));
    },
    process({ event }) {
      if (event.type !== acknowledgedType) return [];
      count += 1;
      const id = `${count}:${event.id}`;
      const forwarded = createCloudEvent({
        id,
        source: '/kill/forward',
        type: `${captureRequestedType}.test`,
        timeMs: Date.parse(event.time),
        partitionkey: 'forward',
        data: {},
      });
      return [{ topic: 'captures', event: forwarded }];
    },
    drainState: () => [{ key: 'count', value: new TextEncoder().encode(String(count)) }],
  };
}
