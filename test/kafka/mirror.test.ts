import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../stream/clock.ts';
import { createCloudEvent } from '../../stream/cloud-event.ts';
import { createKafkaClient } from '../../stream/kafka/client/create-kafka-client.ts';
import type { KafkaAdmin, KafkaClient, OutgoingMessage } from '../../stream/kafka/client/port.ts';
import { encodeEvent } from '../../stream/kafka/event-codec.ts';
import { untilBroker } from '../../stream/kafka/kafka-host.ts';
import { startMirror } from '../../stream/kafka/testing/start-mirror.ts';
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

    const { mirror, stored } = startMirror({ client, admin, plan, topics, clock: systemClock });
    await mirror.caughtUp();
    const expected = Array.from({ length: pairs }, (_, n) => [`cause-${n}`, `effect-${n}`]).flat();
    expect(stored()).toEqual(expected);
  },
);
