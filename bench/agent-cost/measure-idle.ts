import { mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Detector, type DetectorOptions } from '../../demo/detector.ts';
import { freePort } from '../../test/lab/free-port.ts';
import type { Lab } from '../../test/lab/lab.ts';
import type { BenchmarkRow } from '../benchmark.ts';
import { stackSettings } from '../page-latency/prometheus-config.ts';
import { startPrometheusStacks } from '../page-latency/prometheus-stack.ts';
import { type ProcessUse, useOfAll } from '../process-cpu.ts';

export interface IdlePlan {
  readonly warmSeconds: number;
  readonly seconds: number;
}

interface Idler {
  readonly name: string;
  readonly pids: readonly number[];
}

/** The stack that looks as often as an agent tells. */
const peerScrapeMs = 1000;

/**
 * What is taken while the benchmark makes no traffic: the whole program, an agent that reports to a server, and a stack of
 * Prometheus beside them, all at once, so that what else goes on falls on each.
 */
export async function measureIdle(
  lab: Lab,
  { warmSeconds, seconds }: IdlePlan,
  signal: AbortSignal,
): Promise<readonly BenchmarkRow[]> {
  await using running = new AsyncDisposableStack();
  const { path: folder } = running.use(await mkdtempDisposable(join(tmpdir(), 'saccade-idle-')));
  const idlers = [...(await startPrograms(folder, running)), await startPeer(lab, folder)];
  await sleep(warmSeconds * 1000, undefined, { signal });
  const before = await usesOf(idlers);
  await sleep(seconds * 1000, undefined, { signal });
  const after = await usesOf(idlers);
  return idlers.map(({ name }, n) => idleRow(name, before[n], after[n], seconds));
}

const usesOf = (idlers: readonly Idler[]): Promise<readonly ProcessUse[]> =>
  Promise.all(idlers.map(({ pids }) => useOfAll(pids)));

function idleRow(
  name: string,
  before: ProcessUse | undefined,
  after: ProcessUse | undefined,
  seconds: number,
): BenchmarkRow {
  const spent = (after?.cpuSeconds ?? NaN) - (before?.cpuSeconds ?? NaN);
  const residentMb = Math.round((after?.residentBytes ?? NaN) / 1e6);
  return {
    name: `idle: ${name}`,
    figures: {
      'CPU s/min': spent * (60 / seconds),
      '% of a core': (spent / seconds) * 100,
      'RSS, MB': residentMb,
    },
  };
}

async function startPrograms(folder: string, running: AsyncDisposableStack): Promise<readonly Idler[]> {
  const ingest = `127.0.0.1:${await freePort()}`;
  const plain = 'listen: 127.0.0.1:0\nlog_level: error\nconsole: { enabled: false }\n';
  const start = async (
    command: NonNullable<DetectorOptions['command']>,
    config: string,
    name: string,
  ): Promise<Idler> => {
    const configPath = join(folder, `${command}.yaml`);
    await writeFile(configPath, config);
    const detector = running.use(new Detector({ command, configPath, dataDirectory: join(folder, command) }));
    await detector.start();
    return { name, pids: [detector.pid] };
  };
  return [
    await start('start', plain, 'saccade start, all in one'),
    await start('server', `${plain}ingest: { listen: ${ingest} }\n`, 'saccade server, for one agent'),
    await start('agent', `${plain}server: { url: 'http://${ingest}' }\n`, 'saccade agent'),
  ];
}

async function startPeer(lab: Lab, folder: string): Promise<Idler> {
  const settings = stackSettings.filter(({ scrapeMs }) => scrapeMs === peerScrapeMs);
  const { stacks } = await startPrometheusStacks(lab.host('client'), settings, folder);
  const pids = stacks.flatMap(({ processes }) => processes.map(({ pid }) => pid));
  return { name: 'node_exporter, Prometheus 1 s, Alertmanager', pids };
}
