import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createKafkaClient } from '../../stream/kafka/client/create-kafka-client.ts';
import type { KafkaClient } from '../../stream/kafka/client/port.ts';
import { type Broker, startBroker } from '../../test/kafka/broker.ts';
import { whyNoLab } from '../../test/lab/lab-support.ts';
import type { Benchmark, BenchmarkOptions, BenchmarkResult } from '../benchmark.ts';
import { machineConditions } from '../machine.ts';
import type { LayoutSize } from './cluster-layout.ts';
import { measureChain } from './measure-chain.ts';
import { measureSqlite } from './measure-sqlite.ts';
import { type NamesCost, measureNames } from './measure-names.ts';
import { type MeasuredNode, measureNode, type NodePlan } from './measure-node.ts';
import { ratesOf } from './node-template.ts';
import { type ChainAtSize, scaleRows } from './scale-rows.ts';

interface Plan {
  readonly node: NodePlan;
  readonly chainNodes: readonly number[];
  /** Observations a second of the whole cluster that this machine is asked to carry. */
  readonly budget: number;
  readonly warmSeconds: number;
  readonly seconds: number;
  readonly nameNodes: readonly number[];
}

/** Of a node in the tables; the rest of what is assumed stands in scale-rows.ts. */
const podsPerNode = 30;
const replicas = 10;
const partitions = 8;
const idleSeconds = 5;

const quickPlan: Plan = {
  node: { pods: 4, requestRate: 5, warmSeconds: 14 },
  chainNodes: [10],
  budget: 400,
  warmSeconds: 15,
  seconds: 10,
  nameNodes: [10, 100],
};
const fullPlan: Plan = {
  node: { pods: 6, requestRate: 5, warmSeconds: 24 },
  chainNodes: [10, 300],
  budget: 6_000,
  warmSeconds: 30,
  seconds: 30,
  nameNodes: [10, 300, 5_000],
};

export const scaleBenchmark: Benchmark = {
  name: 'scale',
  description: 'what 10, 300 and 5,000 nodes need: a real agent, then hundreds simulated, over a real broker',
  run,
};

async function run({ quick, progress, signal }: BenchmarkOptions): Promise<BenchmarkResult> {
  const why = whyNoLab();
  if (why !== undefined) throw new Error(`scale needs a lab of network namespaces: ${why}`);
  const plan = quick ? quickPlan : fullPlan;
  const machine = machineConditions();
  await using cleanUp = new AsyncDisposableStack();
  const { path: folder } = cleanUp.use(await mkdtempDisposable(join(tmpdir(), 'saccade-scale-')));
  const broker = cleanUp.use(await startBroker());
  const client = createKafkaClient.kafkajs({ brokers: [broker.address], clientId: 'scale' });
  progress(`a real agent beside ${plan.node.pods} pods`);
  const node = await measureNode(client, broker.address, folder, plan.node);
  const chains = await measureChains({ broker, client, folder, node, plan }, progress, signal);
  const names: NamesCost[] = [];
  for (const nodes of plan.nameNodes) {
    signal.throwIfAborted();
    progress(`the informers of ${nodes} nodes`);
    names.push(await measureNames({ nodes, podsPerNode, replicas }, broker.address, folder));
  }
  const sqlite = measureSqlite(chains.at(-1)?.measured.database ?? '');
  const measured = { node, chains, names, sqlite };
  return {
    benchmark: 'scale',
    conditions: conditionsOf(machine, plan),
    ...scaleRows(measured, podsPerNode, replicas),
  };
}

interface Setting {
  readonly broker: Broker;
  readonly client: KafkaClient;
  readonly folder: string;
  readonly node: MeasuredNode;
  readonly plan: Plan;
}

async function measureChains(
  { broker, client, folder, node, plan }: Setting,
  progress: (line: string) => void,
  signal: AbortSignal,
): Promise<readonly ChainAtSize[]> {
  const chains: ChainAtSize[] = [];
  for (const nodes of plan.chainNodes) {
    const size = sizeWithin(nodes, plan.budget, ratesOf(node.template).rowsPerPod);
    progress(`${nodes} simulated agents of ${size.podsPerNode} pods each`);
    const { warmSeconds, seconds } = plan;
    const run = { size, partitions, template: node.template, idleSeconds, warmSeconds, seconds };
    chains.push({ size, measured: await measureChain(broker, client, folder, run, signal) });
  }
  return chains;
}

/** As many of a node's pods as the machine is asked to carry; fewer replicas where there would be too few workloads to talk to. */
export function sizeWithin(nodes: number, budget: number, rowsPerPod: number): LayoutSize {
  const pods = Math.max(1, Math.min(podsPerNode, Math.floor(budget / (nodes * rowsPerPod))));
  const wanted = Math.floor((nodes * pods) / fewestWorkloads);
  return { nodes, podsPerNode: pods, replicas: Math.max(1, Math.min(replicas, wanted)) };
}

const fewestWorkloads = 12;

function conditionsOf(
  machine: ReturnType<typeof machineConditions>,
  plan: Plan,
): BenchmarkResult['conditions'] {
  return {
    ...machine,
    'measured node': `${plan.node.pods} pods (network namespaces), ${plan.node.requestRate} requests/s on each connection, a look-up a second`,
    'node of the tables': `${podsPerNode} pods, ${replicas} pods a workload`,
    chain: `name, engine, notify, record as processes, shipped rules, ${partitions} partitions, ${plan.warmSeconds} s of warming up, ${plan.seconds} s measured`,
    broker: 'Kafka 4.1.1, one node, same machine; PostgreSQL without fsync, same machine',
    'asked of the machine, obs/s': plan.budget,
  };
}
