import { chownSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import { packageRoot } from '../../app/package-root.ts';
import { type Channel, textOf } from '../../demo/slack/channel.ts';
import { openChannel } from '../../demo/slack/look-alike.ts';
import { type Tone, titleOf, toneOf } from '../../demo/slack/tone.ts';
import { clusterBinaries } from './binaries.ts';
import { type Cluster, startCluster } from './cluster.ts';
import { expose } from './expose.ts';
import { saccadeImage } from './saccade-image.ts';
import { startWorld } from './world.ts';

/** What agents show. */
export const ingestToken = 'ingest-of-a-test';
/** Of the image: who runs as nobody in particular, and owns what the server keeps. */
const nonrootId = 65_532;
const file = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

export interface StageOptions {
  readonly name: string;
  /** Learning period of every rule. */
  readonly learn: string;
  /** Further values of the chart. */
  readonly values?: Readonly<Record<string, unknown>>;
}

/** One thing that the people in the channel saw. */
export interface Seen {
  readonly atMs: number;
  readonly kind: 'post' | 'edit' | 'reply';
  readonly tone: Tone;
  /** The message that began the thread. */
  readonly root: string;
  readonly title: string;
  readonly text: string;
}

/** A cluster with Saccade's image and the channel that pages may go to. Nothing is installed yet. */
export interface Ground extends AsyncDisposable {
  readonly cluster: Cluster;
  readonly channel: Channel;
  /** Slack's API as pods reach it. */
  readonly slackUrl: string;
  seen(): readonly Seen[];
}

/** With Saccade installed by its chart. */
export interface Stage extends Ground {
  /** Where the server's volume is on this machine. */
  readonly serverData: string;
  /** Commands of the server's pod. */
  saccade(...args: readonly string[]): Promise<string>;
  /** `helm upgrade` with these values over those of the installation. */
  upgrade(values: Readonly<Record<string, unknown>>): Promise<void>;
}

/** With a shop that talks, and the world that it talks to: without it the names that it asks for would fail. */
export async function startGround(name: string): Promise<Ground> {
  await using building = new AsyncDisposableStack();
  const ground = building.use(await startBareGround(name));
  building.use(await startWorld(ground.cluster));
  await installShop(ground.cluster);
  const stack = building.move();
  return { ...ground, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

export async function startBareGround(name: string): Promise<Ground> {
  const archive = await saccadeImage(clusterBinaries());
  await using building = new AsyncDisposableStack();
  const cluster = building.use(await startCluster({ name }));
  const channel = building.use(await openChannel({ burst: 0 }));
  const slack = building.use(await expose(cluster, Number(new URL(channel.apiUrl).port)));
  await cluster.importImage(archive);
  const stack = building.move();
  return {
    cluster,
    channel,
    slackUrl: channel.apiUrl.replace('127.0.0.1', slack.address),
    seen: () => sightings(channel),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

/** The profile `small`. */
export async function startStage(options: StageOptions): Promise<Stage> {
  await using building = new AsyncDisposableStack();
  const ground = building.use(await startGround(options.name));
  const { cluster } = ground;
  await prepareNamespace(ground);
  const serverData = await offerVolume(cluster, 'data-saccade-server-0');
  const values = { ...chartValues(options, ground), ...options.values };
  await runChart(cluster, 'install', values);
  const stack = building.move();
  return {
    ...ground,
    serverData,
    saccade: (...args) =>
      cluster.kubectl(['-n', 'saccade', 'exec', 'saccade-server-0', '--', 'saccade', ...args]),
    upgrade: (changes) => runChart(cluster, 'upgrade', { ...values, ...changes }),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

async function installShop(cluster: Cluster): Promise<void> {
  await cluster.kubectl(['create', 'namespace', 'shop']);
  await cluster.kubectl(['-n', 'shop', 'create', 'configmap', 'programs', `--from-file=${file('programs')}`]);
  await cluster.kubectl(['apply', '-f', file('manifests/shop.yaml')]);
  await cluster.rolledOut(
    'shop',
    ...['payments', 'checkout', 'basket', 'catalog'].map((name) => `deployment/${name}`),
  );
}

/** What the chart takes as given: its namespace and the Secrets. */
export async function prepareNamespace({ cluster, channel }: Ground): Promise<void> {
  await cluster.kubectl(['create', 'namespace', 'saccade']);
  const secrets = {
    slack: channel.token,
    'saccade-ingest': ingestToken,
    'saccade-console': 'console-of-a-test',
  };
  for (const [name, token] of Object.entries(secrets))
    await cluster.kubectl([
      '-n',
      'saccade',
      'create',
      'secret',
      'generic',
      name,
      `--from-literal=token=${token}`,
    ]);
}

/** A volume for a claim of Saccade's: the cluster provisions none by itself. Gives its folder on this machine. */
export async function offerVolume(cluster: Cluster, claim: string): Promise<string> {
  const path = join(cluster.folder, 'volumes', claim);
  mkdirSync(path, { recursive: true });
  // Kubernetes gives a folder of the node to nobody.
  chownSync(path, nonrootId, nonrootId);
  await cluster.apply(
    stringify({
      apiVersion: 'v1',
      kind: 'PersistentVolume',
      metadata: { name: claim },
      spec: {
        capacity: { storage: '10Gi' },
        accessModes: ['ReadWriteOnce'],
        hostPath: { path },
        claimRef: { namespace: 'saccade', name: claim },
      },
    }),
  );
  return path;
}

function chartValues(
  { learn }: StageOptions,
  { channel, slackUrl }: Ground,
): Readonly<Record<string, unknown>> {
  const slack = {
    channel: channel.channelId,
    token_file: '/etc/saccade/secrets/slack/token',
    api_url: slackUrl,
  };
  return {
    profile: 'small',
    cluster: 'test',
    paging: 'page',
    image: { pullPolicy: 'Never' },
    secrets: { slack: 'slack' },
    test: { receiver: 'slack' },
    notifications: {
      route: { receiver: 'slack' },
      receivers: [{ name: 'slack', max_notifications: '10000/h', slack }],
    },
    config: { rules: { learn } },
  };
}

/** `helm install` or `helm upgrade` of this tree's chart, until all is ready. */
export async function runChart(
  cluster: Cluster,
  command: 'install' | 'upgrade',
  values: object,
): Promise<void> {
  const chart = join(packageRoot, 'charts', 'saccade');
  const args = ['-n', 'saccade', '--wait', '--timeout', '400s', '--values', '-'];
  await cluster.helm([command, 'saccade', chart, ...args], stringify(values));
}

function sightings(channel: Channel): readonly Seen[] {
  return channel.events().map(({ atMs, kind, root, message }) => {
    const text = textOf(message);
    return { atMs, kind, root, tone: toneOf(text), title: titleOf(text), text };
  });
}
