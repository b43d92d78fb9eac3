import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../clock.ts';
import type { Stage } from '../port.ts';
import { silentLogger } from '../stream-logger.ts';
import { passKafkaPoint } from './fault-points.ts';
import { noKafkaMetrics } from './kafka-metrics.ts';
import { PatientSender } from './patient-sender.ts';
import { StageGroup } from './stage-group.ts';
import { ScriptedKafka } from './testing/scripted-kafka.ts';
import { createTopicPlan } from './topic-plan.ts';

const plan = createTopicPlan({ prefix: 's', partitions: 1, replication: 1 });
const idleStage: Stage = {
  name: 'idle',
  inputs: ['signals'],
  process: () => [],
  drainState: () => [],
  restore: () => undefined,
};
const sender = { send: async () => undefined, close: async () => undefined };

function startGroup(kafka: ScriptedKafka, stallAfterMs: number) {
  const rejoins: string[] = [];
  const metrics = {
    ...noKafkaMetrics,
    rejoined: (_stage: string, reason: string) => void rejoins.push(reason),
  };
  const group = new StageGroup({
    name: 'idle',
    group: 's.idle',
    client: kafka.client(),
    admin: kafka.admin(),
    plan,
    inputTopic: plan.physical('signals'),
    stateTopic: plan.state('idle'),
    create: () => ({ stage: idleStage }),
    route: () => undefined,
    tickEveryMs: undefined,
    sender: new PatientSender({ sender, logger: silentLogger, metrics }),
    tickSender: sender,
    validate: undefined,
    clock: systemClock,
    logger: silentLogger,
    metrics,
    onPoint: passKafkaPoint,
    maxBatch: 256,
    flushIntervalMs: 1_000,
    flushRecords: 20_000,
    stallAfterMs,
    onFatal: (error) => expect.unreachable(error.message),
  });
  onTestFinished(() => group.stop());
  group.start();
  return { group, rejoins };
}

it('throws away a consumer that brings nothing while records wait, and lets the next one join in peace', async () => {
  const kafka = new ScriptedKafka(plan);
  kafka.ends.set('signals', 5);
  const joining = Promise.withResolvers<void>();
  kafka.beforeJoin.push(
    () => Promise.resolve(),
    () => joining.promise,
  );
  const { rejoins } = startGroup(kafka, 1);
  await kafka.joined(2);
  // Two looks: a group that is empty lets its first member wait for longer than that.
  await sleep(4_500);
  expect(rejoins).toEqual(['stall']);
  joining.resolve();
  await expect.poll(() => rejoins, { timeout: 10_000 }).toEqual(['stall', 'stall']);
});

it('keeps its partitions over a crash and claims them once', async () => {
  const kafka = new ScriptedKafka(plan);
  const { group, rejoins } = startGroup(kafka, 60_000);
  await expect.poll(() => kafka.written.length).toBe(1);
  kafka.group?.onCrash(new Error('the broker went away'));
  await kafka.joined(2);
  await expect.poll(() => kafka.paused).toEqual(new Set([plan.physical('signals')]));
  expect(kafka.group?.owned()).toEqual([0]);
  expect([rejoins, kafka.written.length, group.tasks.length]).toEqual([['crash'], 1, 1]);
  await group.stop();
  expect(kafka.leaves).toBe(2);
});

/** What the task wrote comes back to it: it has loaded its state. */
async function run(kafka: ScriptedKafka): Promise<void> {
  await expect.poll(() => kafka.written.length).toBe(1);
  const messages = kafka.written.map(({ key, value, headers = {} }, offset) => {
    return { offset, timestampMs: 0, key, value, headers };
  });
  await kafka.group?.onBatch({
    topic: plan.state('idle'),
    partition: 0,
    messages,
    nextOffset: 1,
    endOffset: 1,
  });
}

it('does not wait for markers of transactions', async () => {
  const kafka = new ScriptedKafka(plan);
  kafka.keep('signals', ['one', 10]);
  const { group } = startGroup(kafka, 60_000);
  await run(kafka);
  kafka.ends.set('signals', 3);
  await kafka.deliver('signals', 1, 2);
  expect(group.health()).toMatchObject([{ running: true, lag: 1 }]);
  await kafka.deliver('signals', 0, 3);
  expect(group.health()).toMatchObject([{ running: true, lag: 0 }]);
  await group.stop();
  expect(kafka.written.at(-1)).toMatchObject({ key: 'offset', value: new TextEncoder().encode('3') });
  expect(kafka.commits.get(plan.physical('signals'))).toBe(3);
});
