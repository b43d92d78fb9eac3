import { Client } from 'pg';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPostgresPlaceStore } from '../../history/postgres/postgres-place-store.ts';
import { migratePostgres } from '../../history/postgres/migrate-postgres.ts';
import { type PostgresServer, startPostgres } from '../../history/testing/postgres-server.ts';
import { fingerprint, observations, startMs, transition } from '../../history/testing/sample-events.ts';
import type { CloudEvent } from '../../stream/cloud-event.ts';
import { createKafkajsClient } from '../../stream/kafka/client/create-kafkajs-client.ts';
import { ensureTopics } from '../../stream/kafka/ensure-topics.ts';
import { noKafkaMetrics } from '../../stream/kafka/kafka-metrics.ts';
import { createKafkaProducer } from '../../stream/kafka/kafka-producer.ts';
import { createTopicPlan } from '../../stream/kafka/topic-plan.ts';
import { TopicReader } from '../../stream/kafka/topic-reader.ts';
import { topics } from '../../stream/port.ts';
import { validateEvent } from '../../stream/validate-event.ts';
import { type Broker, startBroker } from './broker.ts';

let broker: Broker;
let postgres: PostgresServer;
const plan = createTopicPlan({ prefix: 'rec', partitions: 4, replication: 1 });
const logger = pino({ level: 'silent' });
const cleanUp = new AsyncDisposableStack();
const newClient = () =>
  createKafkajsClient({
    brokers: [broker.address],
    clientId: 'record-test',
    tls: undefined,
    sasl: undefined,
    tuning: { sessionTimeoutMs: 2_000 },
  });

beforeAll(async () => {
  // Whichever fails, the other one is cleaned up.
  [broker, postgres] = await Promise.all([
    startBroker().then((one) => cleanUp.use(one)),
    startPostgres().then((one) => cleanUp.use(one)),
  ]);
  const client = new Client({ connectionString: postgres.url });
  await client.connect();
  await migratePostgres(client);
  await client.end();
}, 600_000);
afterAll(() => cleanUp.disposeAsync(), 60_000);

/** What `saccade record` runs. */
function startReader(): TopicReader {
  const client = newClient();
  const store = createPostgresPlaceStore({
    url: () => Promise.resolve(postgres.url),
    limits: { maxSeries: 1_000 },
    logger,
    onLeftOut: (reason) => expect.unreachable(reason),
  });
  const admin = client.createAdmin();
  const reader = new TopicReader({
    client,
    admin,
    plan,
    group: 'rec.record',
    topics,
    store,
    validate: validateEvent,
    logger,
    metrics: noKafkaMetrics,
    onFatal: (error) => {
      throw error;
    },
  });
  reader.start();
  cleanUp.defer(async () => {
    await reader.stop();
    await Promise.all([store.close(), admin.close()]);
  });
  return reader;
}

async function ask(sql: string): Promise<number | null> {
  const client = new Client({ connectionString: postgres.url });
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<{ n: string | null }>(sql);
    return rows[0]?.n == null ? null : Number(rows[0].n);
  } catch {
    // It is being started again; who polls decides how long.
    return null;
  } finally {
    await client.end().catch(() => undefined);
  }
}
const observed = (): Promise<number | null> =>
  ask("SELECT sum((fields ->> 'retransmits')::int) AS n FROM observations_1s");

describe('saccade record', () => {
  it(
    'writes each record once: with two of them, through a database and a broker that die',
    { timeout: 600_000 },
    async () => {
      const client = newClient();
      const sender = client.createSender();
      const admin = client.createAdmin();
      cleanUp.defer(() => Promise.all([sender.close(), admin.close()]).then(() => undefined));
      await admin.connect();
      await ensureTopics(admin, plan.required([]));
      const producer = createKafkaProducer({
        sender,
        plan,
        validate: validateEvent,
        metrics: noKafkaMetrics,
      });
      let told = 0;
      const tell = async (count: number): Promise<void> => {
        const events = Array.from({ length: count }, (_, n): CloudEvent => ({
          ...observations(startMs + n * 100, { retransmits: 1 }, `netns/w${n % 9}`),
          partitionkey: `w${n % 9}`,
        }));
        await producer.append('signals', events);
        told += count;
      };
      const allWritten = (): Promise<void> => expect.poll(observed, { timeout: 120_000 }).toBe(told);

      const first = startReader();
      await tell(50);
      await producer.append('alerts', [
        transition({ seq: 1 }),
        transition({ seq: 2, state: 'firing', level: 'page' }),
      ]);
      await allWritten();

      await postgres.kill();
      await tell(50);
      const second = startReader();
      await postgres.restart();
      await allWritten();

      await broker.kill();
      await broker.restart();
      await tell(50);
      await allWritten();
      await first.stop();
      await tell(50);
      await allWritten();
      await expect.poll(() => second.lag(), { timeout: 20_000 }).toBe(0);
      expect(await ask(`SELECT count(*) AS n FROM transitions WHERE fingerprint = '${fingerprint}'`)).toBe(2);
      expect(await observed()).toBe(told);
    },
  );
});
