import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Detector } from '../../demo/detector.ts';
import { type ProcessUse, processUse } from '../process-cpu.ts';
import { processByArgument } from '../process-by-argument.ts';
import type { Broker } from '../../test/kafka/broker.ts';
import { startClusterApi } from './cluster-api.ts';
import type { ClusterLayout } from './cluster-layout.ts';
import { kafkaConfig, nameConfig } from './measure-names.ts';

export const members = ['name', 'engine', 'notify', 'broker'] as const;
/** Who is between a simulated agent and the history. */
export type Member = (typeof members)[number];

export interface Chain extends AsyncDisposable {
  readonly prefix: string;
  /** The file of `saccade notify`: log and history. */
  readonly database: string;
  uses(): Promise<Readonly<Record<Member, ProcessUse>>>;
  /** Records that wait, by who would take them. */
  lags(): Promise<Readonly<Record<string, number>>>;
  /** Of one process, by its name; labels are added up. */
  metric(member: Exclude<Member, 'broker'>, name: string): Promise<number>;
}

export interface ChainPlan {
  readonly prefix: string;
  readonly partitions: number;
  readonly layout: ClusterLayout;
}

/** The real processes `name`, `engine` and `notify` over a real broker, with the shipped rules, paging nobody. */
export async function startChain(broker: Broker, folder: string, plan: ChainPlan): Promise<Chain> {
  await using building = new AsyncDisposableStack();
  const directory = join(folder, plan.prefix);
  await mkdir(directory, { recursive: true });
  const api = building.use(await startClusterApi(plan.layout, directory));
  const { prefix, partitions } = plan;
  const [plain, named] = [join(directory, 'saccade.yaml'), join(directory, 'name.yaml')];
  await writeFile(plain, kafkaConfig(broker.address, prefix, partitions));
  await writeFile(named, nameConfig(broker.address, prefix, partitions, api.kubeconfig));
  const detector = (command: 'name' | 'engine' | 'notify'): Detector =>
    building.use(
      new Detector({
        command,
        configPath: command === 'name' ? named : plain,
        dataDirectory: join(directory, command),
      }),
    );
  const processes = { engine: detector('engine'), notify: detector('notify'), name: detector('name') };
  // The engine creates the topics.
  for (const one of Object.values(processes)) await one.start();
  const brokerPid = await processByArgument(join(broker.directory, 'server.properties'));
  const cleanUp = building.move();
  const metric = (member: keyof typeof processes, name: string): Promise<number> =>
    readMetric(`${processes[member].statusUrl}/metrics`, name);
  return {
    prefix,
    database: join(directory, 'notify', 'saccade.db'),
    async uses() {
      const [name, engine, notify, broker] = await Promise.all(
        [processes.name.pid, processes.engine.pid, processes.notify.pid, brokerPid].map(processUse),
      );
      return { name, engine, notify, broker } as Record<Member, ProcessUse>;
    },
    async lags() {
      const [name, engine, notify] = await Promise.all([
        metric('name', 'saccade_stream_lag_records'),
        metric('engine', 'saccade_stream_lag_records'),
        metric('notify', 'saccade_mirror_lag_records'),
      ]);
      return { name, engine, notify };
    },
    metric,
    [Symbol.asyncDispose]: () => cleanUp.disposeAsync(),
  };
}

/** The sum over all labels; 0: there is none. */
async function readMetric(url: string, name: string): Promise<number> {
  const response = await fetch(url, { signal: AbortSignal.timeout(10_000) });
  const lines = (await response.text()).split('\n');
  return lines
    .filter((line) => line.startsWith(`${name} `) || line.startsWith(`${name}{`))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
}
