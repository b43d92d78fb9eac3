import { describe, expect, it } from 'vitest';
import { retransmitRow } from '../../engine/testing/signal-script.ts';
import type { WorkloadName } from '../../history/postgres/postgres-workload-queries.ts';
import { createCloudEvent } from '../../stream/cloud-event.ts';
import { observationsType } from '../../stream/events/observation.ts';
import type { IncomingMessage } from '../../stream/kafka/client/port.ts';
import { encodeEvent } from '../../stream/kafka/event-codec.ts';
import { partitionOf } from '../../stream/kafka/partition-of.ts';
import type { PartitionQuestion } from '../../stream/kafka/partition-reader.ts';
import { createSignalPulse } from './signal-pulse.ts';
import { createWatchedFlows } from './watched-flows.ts';

const partitions = 8;
const key = 'c1/shop/deployment/checkout';
const home = partitionOf(key, partitions);

function batch(offset: number, node: string): IncomingMessage {
  const event = createCloudEvent({
    id: `${node}/boot/${offset}`,
    source: `/clusters/c1/nodes/${node}`,
    type: observationsType,
    timeMs: offset,
    partitionkey: key,
    data: {
      window: { start: new Date(0).toISOString(), ms: 1000, elapsed_ms: 1000 },
      candidate: false,
      subject: { cluster: 'c1', node, namespace: 'shop', workload: 'deployment/checkout', pod: 'checkout-1' },
      rows: [retransmitRow({ data_segments: 1 })],
    },
  });
  const { key: text, value, headers = {} } = encodeEvent(event);
  return { offset, timestampMs: offset, key: text, value, headers };
}

const garbage = (offset: number): IncomingMessage => ({
  ...batch(offset, 'n9'),
  value: new TextEncoder().encode('{"rows":7}'),
});

/** A topic with records in one partition. */
function setUp(records: IncomingMessage[], findWorkloads: () => Promise<readonly WorkloadName[]>) {
  const asked: PartitionQuestion[] = [];
  const errors: string[] = [];
  const clock = { nowMs: 0 };
  const reader = {
    offsets: async () =>
      Array.from({ length: partitions }, (_, partition) => ({
        low: 0,
        end: partition === home ? records.length : 0,
      })),
    read: async (question: PartitionQuestion) => {
      asked.push(question);
      const from = Math.max(question.from ?? 0, records.length - question.last);
      return { messages: question.partition === home ? records.slice(from) : [], next: records.length };
    },
  };
  const onError = (error: Error): void => void errors.push(error.message);
  const flows = createWatchedFlows({
    reader,
    findWorkloads,
    cluster: 'c1',
    nowMs: () => clock.nowMs,
    onError,
  });
  return { asked, errors, clock, reader, flows, onError };
}

const exact = { namespace: 'shop', workload: 'deployment/checkout', peer: 'netns/payments' };

describe('flows that are looked for when somebody asks', () => {
  it('reads the one partition of the workload, and later only what is new', async () => {
    const records = [batch(0, 'n1'), garbage(1)];
    const { asked, clock, flows, errors } = setUp(records, async () => []);
    expect((await flows.find(exact))?.subject.node).toBe('n1');
    await flows.find(exact);
    expect(asked).toEqual([{ partition: home, last: 4_000, from: undefined }]);

    records.push(batch(2, 'n2'));
    clock.nowMs = 3_000;
    expect((await flows.find(exact))?.subject.node).toBe('n2');
    expect(asked[1]).toEqual({ partition: home, last: 4_000, from: 2 });
    expect(errors).toEqual([]);
  });

  it('takes half a name or a pod to workloads by the history, and goes on without one', async () => {
    const name = { cluster: 'c1', namespace: 'shop', workload: 'deployment/checkout' };
    const known = setUp([batch(0, 'n1')], async () => [name]);
    expect((await known.flows.find({ pod: 'checkout-1', peer: 'payments' }))?.subject.node).toBe('n1');
    const away = setUp([batch(0, 'n1')], () => Promise.reject(new Error('PostgreSQL is away')));
    expect(await away.flows.find({ workload: 'checkout', peer: 'payments' })).toBeUndefined();
    expect((await away.flows.find(exact))?.subject.node).toBe('n1');
    expect(away.errors).toEqual(['PostgreSQL is away', 'PostgreSQL is away']);
  });

  it('beats while observations come, and not for other records', async () => {
    const records = [batch(0, 'n1')];
    const { reader, onError } = setUp(records, async () => []);
    const pulse = createSignalPulse({ reader, everyMs: 1, onError });
    await pulse.start();
    await expect.poll(() => pulse.observed()).toBe(0);
    records.push({ ...batch(1, 'n1'), headers: { ce_type: 'io.saccade.tick.v1' } }, batch(2, 'n1'));
    await expect.poll(() => pulse.observed()).toBe(1);
    await pulse.stop();
  });
});
