import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client } from 'pg';
import { migratePostgres } from '../../history/postgres/migrate-postgres.ts';
import { type PostgresServer, startPostgres } from '../../history/testing/postgres-server.ts';
import { createKafkajsClient } from '../../stream/kafka/client/create-kafkajs-client.ts';
import type { KafkaClient } from '../../stream/kafka/client/port.ts';
import { createKafkaProducer } from '../../stream/kafka/kafka-producer.ts';
import { createTopicPlan, type TopicPlan } from '../../stream/kafka/topic-plan.ts';
import type { Producer } from '../../stream/port.ts';
import { SaccadeProcess } from '../app/saccade-process.ts';
import { FakeSlack } from '../fakes/slack/fake-slack.ts';
import { type Broker, startBroker } from './broker.ts';

const rules = fileURLToPath(new URL('testdata/quick-loss.yaml', import.meta.url));

/** Processes of the profile `standard` as children of this one, over a real broker and a real PostgreSQL. */
export interface PostgresWorld extends AsyncDisposable {
  readonly broker: Broker;
  readonly postgres: PostgresServer;
  readonly slack: FakeSlack;
  readonly plan: TopicPlan;
  readonly client: KafkaClient;
  readonly producer: Producer;
  readonly directory: string;
  /** Lines of its configuration that one process has beside the others; `data`: its folder. */
  start(name: string, data: string, further?: string): SaccadeProcess;
}

export async function startPostgresWorld(prefix: string): Promise<PostgresWorld> {
  await using failed = new AsyncDisposableStack();
  const slack = new FakeSlack();
  failed.defer(() => slack.stop());
  const starting = [
    startBroker().then((one) => failed.use(one)),
    startPostgres().then((one) => failed.use(one)),
    slack.start(),
  ] as const;
  // One that fails is told of when the others are in the clean-up's hands.
  await Promise.allSettled(starting);
  const [broker, postgres] = await Promise.all(starting);
  await migrate(postgres);
  const directory = mkdtempSync(join(tmpdir(), 'saccade-standard-'));
  failed.defer(() => rmSync(directory, { recursive: true, force: true }));
  writeFileSync(join(directory, 'postgres-url'), postgres.url, { mode: 0o600 });
  const client = createKafkajsClient({
    brokers: [broker.address],
    clientId: 'standard-test',
    tls: undefined,
    sasl: undefined,
    tuning: { sessionTimeoutMs: 2_000 },
  });
  const plan = createTopicPlan({ prefix, partitions: 4, replication: 1 });
  const sender = client.createSender();
  failed.defer(() => sender.close());
  const cleanUp = failed.move();
  return {
    broker,
    postgres,
    slack,
    plan,
    client,
    directory,
    producer: createKafkaProducer({ sender, plan }),
    start(name, data, further = '') {
      const config = join(directory, `${data}.yaml`);
      writeFileSync(config, configOf({ broker, slack, prefix }) + further);
      const process = new SaccadeProcess([name, '--config', config, '--data', join(directory, data)], {
        environment: { SLACK_TOKEN: slack.token },
      });
      cleanUp.use(process);
      return process;
    },
    [Symbol.asyncDispose]: () => cleanUp.disposeAsync(),
  };
}

export const isRunning = (process: SaccadeProcess): Promise<true> =>
  process.until(() => (process.out.includes('metrics ') ? true : undefined));

async function migrate({ url }: PostgresServer): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  await migratePostgres(client);
  await client.end();
}

interface ConfigParts extends Pick<PostgresWorld, 'broker' | 'slack'> {
  readonly prefix: string;
}

const configOf = ({ broker, slack, prefix }: ConfigParts): string => `cluster: c1
node: n1
listen: 127.0.0.1:0
kafka: { brokers: ['${broker.address}'], prefix: ${prefix}, partitions: 4, session_timeout: 2s }
history: { postgres: { url_file: postgres-url } }
rules: { catalog: false, files: ['${rules}'] }
notifications:
  route: { receiver: slack, group_wait: 0s, group_by: [fingerprint] }
  receivers:
    - name: slack
      slack: { channel: C0000000001, token_env: SLACK_TOKEN, api_url: '${slack.url}' }
`;
