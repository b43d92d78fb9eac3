import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../stream/clock.ts';
import { createCloudEvent } from '../../stream/cloud-event.ts';
import { openEmbeddedLog } from '../../stream/embedded/embedded-log.ts';
import { createKafkaClient } from '../../stream/kafka/client/create-kafka-client.ts';
import type { KafkaAdmin, KafkaClient, OutgoingMessage } from '../../stream/kafka/client/port.ts';
import { encodeEvent } from '../../stream/kafka/event-codec.ts';
import { untilBroker } from '../../stream/kafka/kafka-host.ts';
import { noKafkaMetrics } from '../../stream/kafka/kafka-metrics.ts';
import { createMirror } from '../../stream/kafka/mirror.ts';
import { createTopicPlan, type TopicPlan } from '../../stream/kafka/topic-plan.ts';
import { silentLogger } from '../../stream/stream-logger.ts';
import { type Broker, startBroker } from './broker.ts';

let broker: Broker;
beforeAll(async () => {
  broker = await startBroker();
}, 300_000);
afterAll(() => broker.stop());

const topics = ['alerts', 'captures', 'notifications'] as const;
const pairs = 100;
/** So much that each topic takes several fetches. */
const filler = 'x'.repeat(30_000);

function messageOf(plan: TopicPlan, topic: (typeof topics)[number], id: string): OutgoingMessage {
  const source = '/test';
  const event = createCloudEvent({
    id,
    source,
    type: 'test',
    timeMs: 0,
    partitionkey: 'k',
    data: { filler },
  });
  return { topic: plan.physical(topic), partition: 0, ...encodeEvent(event) };
}

/** Each effect is written once its cause is: as judges and notifiers do. */
async function writePairs(client: KafkaClient, plan: TopicPlan): Promise<void> {
  await using stack = new AsyncDisposableStack();
  const [causes, effects] = [client.createFencedWriter(`${plan.prefix}-engine`), client.createSender()];
  stack.defer(() => causes.close());
  stack.defer(() => effects.close());
  for (let n = 0; n < pairs; n += 1) {
    await causes.write([messageOf(plan, 'alerts', `cause-${n}`)]);
    await effects.send([messageOf(plan, 'notifications', `effect-${n}`)]);
  }
}

async function openAdmin(client: KafkaClient): Promise<KafkaAdmin> {
  const admin = client.createAdmin();
  onTestFinished(() => admin.close());
  const asked = { logger: silentLogger, signal: AbortSignal.timeout(60_000) };
  await untilBroker(() => admin.connect(), asked);
  return admin;
}

it.each(Object.entries(createKafkaClient))(
  'over %s an empty folder gets causes before effects, and is up to date without anything new',
  { timeout: 240_000 },
  async (name, create) => {
    const client = create({ brokers: [broker.address], clientId: 'mirror-test' });
    const plan = createTopicPlan({ prefix: `mirror-${name}`, partitions: 1, replication: 1 });
    const admin = await openAdmin(client);
    await admin.createTopics(plan.required([]));
    await writePairs(client, plan);

    const directory = mkdtempSync(join(tmpdir(), 'saccade-mirror-'));
    const log = openEmbeddedLog({ path: join(directory, 'log.db'), clock: systemClock });
    const mirror = createMirror({
      client,
      admin,
      plan,
      group: `${plan.prefix}.notify`,
      topics,
      log,
      accepts: () => true,
      firstFrom: 'beginning',
      validate: () => undefined,
      clock: systemClock,
      logger: silentLogger,
      metrics: noKafkaMetrics,
      onFatal: (error) => expect.unreachable(error.message),
      onTakenOver: () => expect.unreachable('taken over'),
    });
    onTestFinished(async () => {
      await mirror.stop();
      log.close();
      rmSync(directory, { recursive: true });
    });
    mirror.start();
    await mirror.caughtUp();
    const ids = log.database.prepare('SELECT event_id AS id FROM records ORDER BY offset').all();
    const expected = Array.from({ length: pairs }, (_, n) => [`cause-${n}`, `effect-${n}`]).flat();
    expect(ids.map(({ id }) => id)).toEqual(expected);
  },
);
