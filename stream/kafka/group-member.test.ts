import { expect, it, onTestFinished } from 'vitest';
import { silentLogger } from '../stream-logger.ts';
import { GroupMember, type GroupMemberOptions } from './group-member.ts';
import { KafkaError } from './kafka-error.ts';
import { noKafkaMetrics } from './kafka-metrics.ts';
import { ScriptedKafka } from './testing/scripted-kafka.ts';
import { createTopicPlan } from './topic-plan.ts';

const plan = createTopicPlan({ prefix: 'g', partitions: 1, replication: 1 });
const physical = plan.physical('alerts');
const emptyBatch = { topic: physical, partition: 0, messages: [], nextOffset: 1, endOffset: 1 };

function startMember(kafka: ScriptedKafka, options: Partial<GroupMemberOptions> = {}) {
  const told: string[] = [];
  const member = new GroupMember({
    client: kafka.client(),
    group: 'g',
    topics: [physical],
    prepare: async () => void told.push('prepare'),
    onAssigned: (_consumer, partitions) => told.push(`assigned ${partitions.join()}`),
    onBatch: async ({ nextOffset }) => void told.push(`batch to ${nextOffset}`),
    onLeft: () => told.push('left'),
    onRejoin: (reason) => told.push(`rejoin: ${reason}`),
    logger: silentLogger,
    metrics: { ...noKafkaMetrics, failed: (_doing, code) => told.push(code) },
    ...options,
  });
  onTestFinished(() => member.stop());
  member.start();
  return { member, told };
}

const fails = (code: 'KAFKA_UNREACHABLE' | 'KAFKA_NOT_ALLOWED') => () =>
  Promise.reject(new KafkaError(code, 'joining'));

it('joins anew with a consumer of its own for each life, and says why', async () => {
  const kafka = new ScriptedKafka(plan);
  const { member, told } = startMember(kafka);
  expect(member.failure()).toBe('it has not joined yet');
  await expect.poll(() => member.failure()).toBeUndefined();
  const first = member.current();
  kafka.group?.onCrash(new KafkaError('KAFKA_UNREACHABLE', 'fetching'));
  expect(member.current()).toBeUndefined();
  expect(member.failure()).toContain('fetching');
  await expect.poll(() => member.failure()).toBeUndefined();
  expect(member.current()).not.toBe(first);
  member.rejoin('stall');
  await kafka.joined(3);
  await member.stop();
  const life = ['prepare', 'assigned 0'];
  const crash = ['KAFKA_UNREACHABLE', 'rejoin: crash', 'left'];
  expect(told).toEqual([...life, ...crash, ...life, 'rejoin: stall', 'left', ...life, 'left']);
  expect([kafka.joins, kafka.leaves]).toEqual([3, 3]);
});

it('hears nothing of an earlier consumer', async () => {
  const kafka = new ScriptedKafka(plan);
  const { member, told } = startMember(kafka);
  await kafka.joined();
  const earlier = kafka.group;
  member.rejoin('flush');
  await kafka.joined(2);
  await expect.poll(() => member.failure()).toBeUndefined();
  told.length = 0;
  await earlier?.onBatch(emptyBatch);
  earlier?.onAssigned([]);
  earlier?.onCrash(new Error('late'));
  expect([told, member.failure(), kafka.joins]).toEqual([[], undefined, 2]);
  await kafka.group?.onBatch(emptyBatch);
  expect(told).toEqual(['batch to 1']);
});

it('tries until a broker answers, and tells only of what no waiting mends', async () => {
  const kafka = new ScriptedKafka(plan);
  kafka.beforeJoin.push(fails('KAFKA_UNREACHABLE'), fails('KAFKA_NOT_ALLOWED'));
  const refused: string[] = [];
  const { member } = startMember(kafka, { onRefused: ({ message }) => refused.push(message) });
  await expect.poll(() => member.failure(), { timeout: 10_000 }).toBeUndefined();
  expect(kafka.joins).toBe(3);
  expect(refused).toEqual([expect.stringContaining('Grant this user the right')]);
});

it('as an extra waits for rights too', async () => {
  const kafka = new ScriptedKafka(plan);
  kafka.beforeJoin.push(fails('KAFKA_NOT_ALLOWED'));
  const { member } = startMember(kafka);
  await expect.poll(() => member.failure()).toContain('Grant this user the right');
  await expect.poll(() => member.failure(), { timeout: 10_000 }).toBeUndefined();
});

it('does not join any more once it is stopped while it prepares', async () => {
  const kafka = new ScriptedKafka(plan);
  const prepared = Promise.withResolvers<void>();
  const { member } = startMember(kafka, { prepare: () => prepared.promise });
  const stopped = member.stop();
  prepared.resolve();
  await stopped;
  expect(kafka.joins).toBe(0);
});
