import { describe, expect, it } from 'vitest';
import { createCloudEvent } from '../../stream/cloud-event.ts';
import { type ObservationBatch, observationsType } from '../../stream/events/observation.ts';
import { createNameStage } from './name-stage.ts';

const batch: ObservationBatch = {
  window: { start: '2026-11-21T08:00:00.000Z', ms: 1_000, elapsed_ms: 1_000 },
  candidate: true,
  subject: { cluster: 'c1', node: 'n1', namespace: 'shop', workload: 'deployment/checkout' },
  rows: [],
};

function take(type: string) {
  const event = createCloudEvent({
    id: 'n1/boot/7',
    source: '/clusters/c1/nodes/n1',
    type,
    timeMs: 0,
    partitionkey: 'c1/shop/deployment/checkout',
    data: batch,
  });
  const stage = createNameStage((given) => ({ ...given, candidate: false }));
  const outputs = stage.process({ topic: 'signals', partition: 3, offset: 9, appendedAtMs: 0, event });
  return { event, outputs };
}

describe('the name stage', () => {
  it('names a batch and leaves its id and key', () => {
    const { event, outputs } = take(observationsType);
    expect(outputs).toEqual([
      { topic: 'signals', event: { ...event, data: { ...batch, candidate: false } } },
    ]);
  });

  it('passes everything else on as it is', () => {
    const { event, outputs } = take('io.saccade.rules.loaded.v1');
    expect(outputs).toEqual([{ topic: 'signals', event }]);
  });
});
