import { describe, expect, it } from 'vitest';
import type { CloudEvent } from '../stream/cloud-event.ts';
import type { ObservationBatch } from '../stream/events/observation.ts';
import { createObservationSource } from './observation-source.ts';

const batch: ObservationBatch = {
  window: { start: '2026-11-21T08:00:00.000Z', ms: 1000, elapsed_ms: 180 },
  candidate: true,
  subject: { cluster: 'c1', node: 'n1', namespace: 'vm', workload: 'netns/checkout' },
  rows: [],
};

function collect(fail = false) {
  const events: CloudEvent<string, unknown>[] = [];
  const lost: number[] = [];
  const producer = {
    append: (_topic: string, appended: readonly CloudEvent<string, unknown>[]) => {
      if (fail) return Promise.reject(new Error('full'));
      events.push(...appended);
      return Promise.resolve();
    },
  };
  const source = createObservationSource(producer, 'n1', (_error, count) => lost.push(count));
  return { events, lost, source };
}

describe('createObservationSource', () => {
  it('numbers batches by node, boot and sequence, keyed by workload, at the end of what they saw', () => {
    const { events, source } = collect();
    source.emit(batch);
    source.emit(batch);
    expect(events.map(({ id }) => id.replace(/\/[0-9a-f]{8}\//, '/BOOT/'))).toEqual([
      'n1/BOOT/1',
      'n1/BOOT/2',
    ]);
    expect(events[0]).toMatchObject({
      source: '/clusters/c1/nodes/n1',
      partitionkey: 'c1/vm/netns/checkout',
      time: '2026-11-21T08:00:00.180Z',
    });
    expect(source.emitted()).toBe(2);
  });

  it('begins a new boot with each start', () => {
    const ids = [collect(), collect()].map(({ events, source }) => {
      source.emit(batch);
      return events[0]?.id;
    });
    expect(ids[0]).not.toBe(ids[1]);
  });

  it('never throws: what the log does not take is counted and told', async () => {
    const { lost, source } = collect(true);
    source.emit(batch);
    source.emit(batch);
    await Promise.resolve();
    await Promise.resolve();
    expect(lost).toEqual([1, 2]);
    expect(source.lost()).toBe(2);
  });
});
