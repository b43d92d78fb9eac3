import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Detector } from '../../demo/detector.ts';
import { findPostgres, type PostgresServer, startPostgres } from '../../history/testing/postgres-server.ts';
import { type ProcessUse, useOfTree } from '../process-cpu.ts';
import { processByArgument } from '../process-by-argument.ts';
import type { Broker } from '../../test/kafka/broker.ts';
import { programPath } from '../../test/lab/program-path.ts';
import { runCommand } from '../../test/lab/run-command.ts';
import { startClusterApi } from './cluster-api.ts';
import type { ClusterLayout } from './cluster-layout.ts';
import { kafkaConfig, nameConfig } from './measure-names.ts';

export const members = ['name', 'engine', 'notify', 'record', 'broker', 'postgres'] as const;
/** Who is between a simulated agent and the history. */
export type Member = (typeof members)[number];

export interface Chain extends AsyncDisposable {
  readonly prefix: string;
  /** The file of `saccade notify`: log and history. */
  readonly database: string;
  /** Where `saccade record` writes. */
  readonly postgresUrl: string;
  uses(): Promise<Readonly<Record<Member, ProcessUse>>>;
  /** Records that wait, by who would take them. */
  lags(): Promise<Readonly<Record<string, number>>>;
}

export interface ChainPlan {
  readonly prefix: string;
  readonly partitions: number;
  readonly layout: ClusterLayout;
}

/** The real processes `name`, `engine`, `notify` and `record` over a real broker and PostgreSQL, with the shipped rules, paging nobody. */
export async function startChain(broker: Broker, folder: string, plan: ChainPlan): Promise<Chain> {
  await using building = new AsyncDisposableStack();
  const directory = join(folder, plan.prefix);
  await mkdir(directory, { recursive: true });
  const postgres = building.use(await openPostgres());
  const api = building.use(await startClusterApi(plan.layout, directory));
  const detectors = await configure(broker, directory, plan, { postgres, kubeconfig: api.kubeconfig });
  const [record, ...others] = [detectors.record, detectors.engine, detectors.notify, detectors.name];
  // The engine creates the topics that all others read.
  for (const one of [...others, record]) {
    building.use(one);
    await one.start();
  }
  const pids: Readonly<Record<Member, number>> = {
    name: detectors.name.pid,
    engine: detectors.engine.pid,
    notify: detectors.notify.pid,
    record: detectors.record.pid,
    broker: await processByArgument(join(broker.directory, 'server.properties')),
    postgres: await processByArgument(new URL(postgres.url).port),
  };
  const cleanUp = building.move();
  return {
    prefix: plan.prefix,
    database: join(directory, 'notify', 'saccade.db'),
    postgresUrl: postgres.url,
    async uses() {
      const uses = await Promise.all(members.map(async (member) => [member, await useOfTree(pids[member])]));
      return Object.fromEntries(uses) as Record<Member, ProcessUse>;
    },
    async lags() {
      const lags = await Promise.all(
        lagMetrics.map(async ([member, name]) => [
          member,
          await readMetric(`${detectors[member].statusUrl}/metrics`, name),
        ]),
      );
      return Object.fromEntries(lags) as Record<string, number>;
    },
    [Symbol.asyncDispose]: () => cleanUp.disposeAsync(),
  };
}

const commands = ['engine', 'notify', 'name', 'record'] as const;
type Command = (typeof commands)[number];

const lagMetrics: readonly (readonly [Command, string])[] = [
  ['name', 'saccade_stream_lag_records'],
  ['engine', 'saccade_stream_lag_records'],
  ['notify', 'saccade_mirror_lag_records'],
  ['record', 'saccade_history_postgres_lag_records'],
];

async function openPostgres(): Promise<PostgresServer> {
  if (findPostgres() === undefined) throw new Error('PostgreSQL is missing: apt-get install -y postgresql');
  return startPostgres();
}

interface Neighbours {
  readonly postgres: PostgresServer;
  readonly kubeconfig: string;
}

async function configure(
  broker: Broker,
  directory: string,
  { prefix, partitions }: ChainPlan,
  { postgres, kubeconfig }: Neighbours,
): Promise<Readonly<Record<Command, Detector>>> {
  const plain = kafkaConfig(broker.address, prefix, partitions);
  const urlFile = join(directory, 'postgres.url');
  await writeFile(urlFile, postgres.url);
  const configs: Readonly<Record<Command, string>> = {
    engine: plain,
    notify: plain,
    name: nameConfig(broker.address, prefix, partitions, kubeconfig),
    record: `${plain}history: { postgres: { url_file: ${urlFile} } }\n`,
  };
  const detectors = await Promise.all(
    commands.map(async (command) => {
      const configPath = join(directory, `${command}.yaml`);
      await writeFile(configPath, configs[command]);
      return [command, new Detector({ command, configPath, dataDirectory: join(directory, command) })];
    }),
  );
  const main = programPath(import.meta.url, '../../cli/main');
  await runCommand(process.execPath, [main, 'migrate', '--config', join(directory, 'record.yaml')]);
  return Object.fromEntries(detectors) as Record<Command, Detector>;
}

/** The sum over all labels; 0: there is none. */
async function readMetric(url: string, name: string): Promise<number> {
  const response = await fetch(url, { signal: AbortSignal.timeout(10_000) });
  const lines = (await response.text()).split('\n');
  return lines
    .filter((line) => line.startsWith(`${name} `) || line.startsWith(`${name}{`))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
}
