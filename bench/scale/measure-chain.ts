import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { KafkaClient } from '../../stream/kafka/client/port.ts';
import { createTopicPlan } from '../../stream/kafka/topic-plan.ts';
import type { Broker } from '../../test/kafka/broker.ts';
import type { LabProcess } from '../../test/lab/lab-process.ts';
import { programPath } from '../../test/lab/program-path.ts';
import { startLabProcess } from '../../test/lab/start-lab-process.ts';
import { readJudgedKeys } from '../kafka/read-state.ts';
import { type Chain, startChain } from './chain.ts';
import {
  type ChainFigures,
  type ChainSample,
  chainFigures,
  type FlushedTopic,
  type IdleUse,
  idleUse,
  type TimedUses,
} from './chain-figures.ts';
import { createClusterLayout, type LayoutSize } from './cluster-layout.ts';
import type { FleetPlan } from './fleet-plan.ts';
import { measurePostgres, type PostgresHistory } from './measure-postgres.ts';
import type { NodeTemplate } from './node-template.ts';
import { topicBytes } from './topic-bytes.ts';

export interface ChainRun {
  readonly size: LayoutSize;
  readonly partitions: number;
  readonly template: NodeTemplate;
  /** Before any agent. */
  readonly idleSeconds: number;
  /** Until rules are loaded, code is compiled and every key is known. */
  readonly warmSeconds: number;
  readonly seconds: number;
}

export interface MeasuredChain {
  readonly figures: ChainFigures;
  /** Stopped, so that it may be opened. */
  readonly database: string;
  /** (rule, key) that the judges remember. */
  readonly judgedKeys: number;
  /** Sent in all, and all of them taken in the end. */
  readonly recordedObservations: number;
  readonly postgres: PostgresHistory;
}

const connections = 8;
const settleMs = 3_000;
const startWithinMs = 30_000;
const drainWithinMs = 30_000;
const lookAgainMs = 1_000;
const partitionsOfTicks = 32;
/** For what stands in no sample: starts, and a stop that is waited for. */
const spareSeconds = 60;

/** All agents of a size against the real chain: what each of its members takes for one observation. */
export async function measureChain(
  broker: Broker,
  client: KafkaClient,
  folder: string,
  run: ChainRun,
  signal: AbortSignal,
): Promise<MeasuredChain> {
  const prefix = `scale-${run.size.nodes}`;
  const layout = createClusterLayout(run.size);
  await using chain = await startChain(broker, folder, { prefix, partitions: run.partitions, layout });
  const idle = await measureIdle(chain, run.idleSeconds, signal);
  await using fleet = await startFleet(join(folder, `${prefix}.json`), {
    brokers: [broker.address],
    client: 'kafkajs',
    topics: { prefix, partitions: run.partitions },
    size: run.size,
    template: run.template,
    connections,
    seconds: run.warmSeconds + run.seconds + spareSeconds,
  });
  await sleep(run.warmSeconds * 1000, undefined, { signal });
  const before = await sample(chain, fleet.process, broker);
  await sleep(run.seconds * 1000, undefined, { signal });
  const after = await sample(chain, fleet.process, broker);
  await fleet.process.stop();
  await drained(chain, signal);
  const state = createTopicPlan({ prefix, partitions: run.partitions, replication: 1 }).state('judge');
  const judged = await readJudgedKeys(client, state, run.partitions, signal);
  return {
    figures: chainFigures(idle, before, after),
    database: chain.database,
    judgedKeys: judged.size,
    postgres: await measurePostgres(chain.postgresUrl),
    recordedObservations: lastLine(fleet.process).observations,
  };
}

/** Until everybody has taken what there is, or for as long as it is worth. */
async function drained(chain: Chain, signal: AbortSignal): Promise<void> {
  const until = performance.now() + drainWithinMs;
  while (performance.now() < until) {
    await sleep(lookAgainMs, undefined, { signal });
    const lags = Object.values(await chain.lags());
    // Ticks go on: a few of them always wait.
    if (lags.every((lag) => lag <= partitionsOfTicks)) return;
  }
}

async function measureIdle(chain: Chain, seconds: number, signal: AbortSignal): Promise<IdleUse> {
  // Of starting up.
  await sleep(settleMs, undefined, { signal });
  const look = async (): Promise<TimedUses> => ({ atMs: performance.now(), uses: await chain.uses() });
  const before = await look();
  await sleep(seconds * 1000, undefined, { signal });
  return idleUse(before, await look());
}

const flushed: readonly FlushedTopic[] = ['raw', 'signals', 'wide', 'state.judge', 'alerts'];

async function sample(chain: Chain, fleet: LabProcess, broker: Broker): Promise<ChainSample> {
  const [uses, lags, bytes] = await Promise.all([
    chain.uses(),
    chain.lags(),
    Promise.all(flushed.map((topic) => topicBytes(broker.directory, `${chain.prefix}.${topic}`))),
  ]);
  return {
    atMs: performance.now(),
    uses,
    lags,
    bytes: Object.fromEntries(flushed.map((topic, n) => [topic, bytes[n] ?? 0])) as ChainSample['bytes'],
    ...lastLine(fleet),
  };
}

function lastLine(
  fleet: LabProcess,
): Pick<ChainSample, 'observations' | 'batches' | 'plainBytes' | 'lateMs'> {
  const told = fleet.jsonLines.filter((line) => typeof line['late_ms'] === 'number');
  const last = told.at(-1) ?? {};
  return {
    observations: Number(last['observations'] ?? 0),
    batches: Number(last['batches'] ?? 0),
    plainBytes: Number(last['bytes'] ?? 0),
    lateMs: told.slice(-10).map((line) => Number(line['late_ms'])),
  };
}

async function startFleet(
  path: string,
  plan: FleetPlan,
): Promise<AsyncDisposable & { readonly process: LabProcess }> {
  await writeFile(path, JSON.stringify(plan));
  const program = programPath(import.meta.url, './fleet');
  const fleet = startLabProcess(process.execPath, [program, '--plan', path], 'the fleet of simulated agents');
  try {
    await fleet.waitForLine((line) => line.includes('"late_ms"'), startWithinMs);
  } catch (error) {
    await fleet.stop();
    throw error;
  }
  return { process: fleet, [Symbol.asyncDispose]: async () => void (await fleet.stop()) };
}
