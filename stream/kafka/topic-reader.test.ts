import { expect, it, onTestFinished } from 'vitest';
import { silentLogger } from '../stream-logger.ts';
import { noKafkaMetrics } from './kafka-metrics.ts';
import { ScriptedKafka } from './testing/scripted-kafka.ts';
import { createTopicPlan } from './topic-plan.ts';
import { type ReadBatch, TopicReader } from './topic-reader.ts';

const plan = createTopicPlan({ prefix: 'r', partitions: 1, replication: 1 });
const physical = plan.physical('alerts');

/** As a database does: it takes only what continues what it has. */
class ListStore {
  readonly ids: string[] = [];
  known = 0;
  stores = 0;
  /** Awaited by the next store. */
  before: (() => Promise<void>) | undefined;

  async next(): Promise<number> {
    return this.known;
  }

  async store({ after, next, records }: ReadBatch): Promise<boolean> {
    this.stores += 1;
    const before = this.before;
    this.before = undefined;
    await before?.();
    if (after !== this.known) return false;
    this.ids.push(...records.map(({ event }) => event.id));
    this.known = next;
    return true;
  }
}

async function startReader(kafka: ScriptedKafka, store: ListStore): Promise<TopicReader> {
  const reader = new TopicReader({
    client: kafka.client(),
    admin: kafka.admin(),
    plan,
    group: 'r.record',
    topics: ['alerts'],
    store,
    validate: () => undefined,
    logger: silentLogger,
    metrics: noKafkaMetrics,
    onFatal: (error) => expect.unreachable(error.message),
  });
  onTestFinished(() => reader.stop());
  reader.start();
  await kafka.joined();
  await reads(kafka);
  return reader;
}

const reads = (kafka: ScriptedKafka): Promise<void> =>
  expect.poll(() => [kafka.seeks.has(physical), kafka.paused.size]).toEqual([true, 0]);

it('has nothing left to read where markers of transactions are the last of a topic', async () => {
  const kafka = new ScriptedKafka(plan);
  const store = new ListStore();
  kafka.keep('alerts', ['fires', 10]);
  kafka.ends.set('alerts', 3);
  const reader = await startReader(kafka, store);
  expect(reader.lag()).toBe(3);
  await kafka.deliver('alerts', 1, 2);
  expect([store.ids, store.known, reader.lag()]).toEqual([['fires'], 2, 1]);
  await kafka.deliver('alerts', 0, 3);
  expect([reader.lag(), kafka.commits.get(physical)]).toEqual([0, 3]);
  // The store is not asked to write nothing.
  expect([store.stores, store.known]).toEqual([1, 2]);
});

it('stores on behind markers that the store knows nothing of', async () => {
  const kafka = new ScriptedKafka(plan);
  const store = new ListStore();
  await startReader(kafka, store);
  await kafka.deliver('alerts', 0, 1);
  kafka.keep('alerts', ['the marker', 0], ['fires', 10]);
  await kafka.deliver('alerts', 1);
  expect([store.ids, store.known]).toEqual([['fires'], 2]);
});

it('asks the store where to go on when another has stored', async () => {
  const kafka = new ScriptedKafka(plan);
  const store = new ListStore();
  kafka.keep('alerts', ['fires', 10], ['resolves', 20]);
  const reader = await startReader(kafka, store);
  store.known = 1;
  await kafka.deliver('alerts', 2);
  expect(kafka.paused).toEqual(new Set([physical]));
  await reads(kafka);
  expect(kafka.seeks.get(physical)).toBe(1);
  await kafka.deliver('alerts', 1);
  expect([store.ids, reader.lag()]).toEqual([['resolves'], 0]);
});

it('reads on where a partition is given anew while a batch of it is stored in vain', async () => {
  const kafka = new ScriptedKafka(plan);
  const store = new ListStore();
  const storing = Promise.withResolvers<void>();
  kafka.keep('alerts', ['fires', 10]);
  await startReader(kafka, store);
  store.before = () => storing.promise;
  const batch = kafka.deliver('alerts', 1);
  kafka.seeks.clear();
  kafka.group?.onAssigned([0]);
  await reads(kafka);
  storing.reject(new Error('the database went away'));
  await batch;
  await kafka.deliver('alerts', 1);
  expect(store.ids).toEqual(['fires']);
});
