import { Client } from 'pg';
import { type PostgresServer, startPostgres } from '../../history/testing/postgres-server.ts';
import { type Broker, startBroker } from '../kafka/broker.ts';
import { type ObjectStore, startObjectStore } from '../s3/object-store.ts';
import { clusterPlan } from './cluster-plan.ts';
import type { Cluster } from './cluster.ts';
import { expose, reach } from './expose.ts';
import { type Ground, offerVolume, prepareNamespace, runChart, startGround } from './stage.ts';

/** The profile `standard`: beside the cluster a real broker, a real PostgreSQL and a real object store. */
export interface StandardStage extends Ground {
  readonly broker: Broker;
  readonly postgres: PostgresServer;
  readonly objects: ObjectStore;
  /** Rows of a statement, as the database has them now. */
  sql(statement: string): Promise<readonly Record<string, unknown>[]>;
  /** GET of the console's API, as `admin`: /alerts. */
  api(path: string): Promise<unknown>;
  /** The working pod of `notify`; the other is in reserve. */
  working(): Promise<string>;
}

const consoleToken = 'console-of-a-test';
const sessionTimeout = '3s';

export async function startStandardStage(name: string, learn: string): Promise<StandardStage> {
  await using building = new AsyncDisposableStack();
  const broker = building.use(await startBroker({ advertisedHost: clusterPlan.worldAddress }));
  const postgres = building.use(await startPostgres());
  const objects = building.use(await startObjectStore());
  const ground = building.use(await startGround(name));
  const { cluster } = ground;
  for (const url of [`http://${broker.address}`, postgres.url, objects.url])
    building.use(await expose(cluster, portOf(url)));
  await prepareNamespace(ground);
  await addSecrets(cluster, { postgres, objects });
  await offerVolume(cluster, 'data-saccade-notify-0');
  await runChart(cluster, 'install', valuesOf(ground, { broker, objects, learn }));
  const console = building.use(await reach(cluster, await addressOf(cluster, 'saccade-console'), 9978));
  const stack = building.move();
  return {
    ...ground,
    broker,
    postgres,
    objects,
    sql: (statement) => ask(postgres.url, statement),
    api: (path) => getJson(`http://127.0.0.1:${console.port}/api/v1${path}`),
    working: () => cluster.waitFor('a working notify', () => findWorking(cluster)),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

const portOf = (url: string): number => Number(new URL(url).port);
/** The address of this machine's loopback, as pods reach it. */
const fromPods = (url: string): string => url.replace('127.0.0.1', clusterPlan.worldAddress);

async function addSecrets(
  cluster: Cluster,
  { postgres, objects }: Pick<StandardStage, 'postgres' | 'objects'>,
): Promise<void> {
  const secrets = {
    postgres: { url: fromPods(postgres.url) },
    objects: { 'access-key-id': objects.accessKeyId, 'secret-access-key': objects.secretAccessKey },
  };
  for (const [name, values] of Object.entries(secrets)) {
    const literals = Object.entries(values).map(([key, value]) => `--from-literal=${key}=${value}`);
    await cluster.kubectl(['-n', 'saccade', 'create', 'secret', 'generic', name, ...literals]);
  }
}

function valuesOf(
  { channel, slackUrl }: Ground,
  { broker, objects, learn }: Pick<StandardStage, 'broker' | 'objects'> & { readonly learn: string },
): object {
  const slack = {
    channel: channel.channelId,
    token_file: '/etc/saccade/secrets/slack/token',
    api_url: slackUrl,
  };
  return {
    profile: 'standard',
    cluster: 'test',
    paging: 'page',
    image: { pullPolicy: 'Never' },
    secrets: { slack: 'slack' },
    notifications: {
      route: { receiver: 'slack' },
      receivers: [{ name: 'slack', max_notifications: '10000/h', slack }],
    },
    kafka: { brokers: [fromPods(broker.address)], partitions: 4, replication: 1 },
    postgres: { secretName: 'postgres' },
    captures: {
      s3: { bucket: objects.bucket, endpoint: fromPods(objects.url), secretName: 'objects' },
    },
    notify: { replicas: 1, persistence: { size: '10Gi' } },
    name: { replicas: 1 },
    console: { replicas: 1 },
    config: { rules: { learn }, kafka: { session_timeout: sessionTimeout } },
  };
}

async function addressOf(cluster: Cluster, service: string): Promise<string> {
  return cluster.kubectl([
    ...['-n', 'saccade', 'get', 'service', service, '-o', 'jsonpath={.spec.clusterIP}'],
  ]);
}

async function ask(url: string, statement: string): Promise<readonly Record<string, unknown>[]> {
  const client = new Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(statement)).rows;
  } finally {
    await client.end();
  }
}

async function getJson(url: string): Promise<unknown> {
  const response = await fetch(url, { headers: { authorization: `Bearer ${consoleToken}` } });
  if (!response.ok) throw new Error(`${url}: ${response.status} ${await response.text()}`);
  return response.json();
}

/** Its readiness says which of them reads the topics. */
async function findWorking(cluster: Cluster): Promise<string | undefined> {
  for (const pod of await cluster.pods('saccade', 'app.kubernetes.io/component=notify')) {
    const path = `/api/v1/namespaces/saccade/pods/${pod}:9977/proxy/metrics`;
    const metrics = await cluster.kubectl(['get', '--raw', path]);
    if (/^saccade_mirror_lag_records \d/m.test(metrics)) return pod;
  }
  return undefined;
}
