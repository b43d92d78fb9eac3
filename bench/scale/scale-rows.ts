import type { BenchmarkResult, BenchmarkRow } from '../benchmark.ts';
import type { Member } from './chain.ts';
import type { LayoutSize } from './cluster-layout.ts';
import type { MeasuredChain } from './measure-chain.ts';
import type { SqliteHistory } from './measure-sqlite.ts';
import type { NamesCost } from './measure-names.ts';
import type { MeasuredNode } from './measure-node.ts';
import { ratesOf } from './node-template.ts';
import { planRows } from './plan-rows.ts';
import { breakingOrder, type LimitProfile } from './scale-limits.ts';
import { planCluster, type UnitCosts } from './scale-model.ts';

export interface ChainAtSize {
  readonly size: LayoutSize;
  readonly measured: MeasuredChain;
}

export interface ScaleMeasurement {
  readonly node: MeasuredNode;
  /** The last is taken for the tables: the largest. */
  readonly chains: readonly ChainAtSize[];
  /** By size, the smallest first. */
  readonly names: readonly NamesCost[];
  readonly sqlite: SqliteHistory;
}

const tableSizes = [10, 300, 5_000] as const;
/** Heap of the judge by `npm run bench -- engine`, the shipped rule with four windows. */
const engineBytesPerKey = 4_600;
const assumed = { destinationsPerWorkload: 5, apiServers: 4 };
const mega = 1e6;

export function scaleRows(
  measured: ScaleMeasurement,
  podsPerNode: number,
  replicas: number,
): Pick<BenchmarkResult, 'rows' | 'notes'> {
  const last = measured.chains.at(-1);
  if (last === undefined) throw new Error('no chain was measured');
  const profile = profileOf(measured, podsPerNode, replicas);
  const costs = costsOf(measured, last);
  const plans = tableSizes.map((nodes) => planCluster(nodes, profile, costs));
  return {
    rows: [
      nodeRow(measured.node),
      ...measured.chains.flatMap(chainRow),
      ...measured.chains.map(memoryRow),
      ...measured.chains.map(bytesRow),
      ...measured.names.map(namesRow),
      ...historyRows(measured),
      ...planRows(plans),
      ...limitRows(profile, costs),
    ],
    notes,
  };
}

function profileOf({ node }: ScaleMeasurement, podsPerNode: number, replicas: number): LimitProfile {
  const { rowsPerPod, batchesPerPod, wideShare, seriesPerKey } = ratesOf(node.template);
  return {
    ...assumed,
    podsPerNode,
    replicas,
    keysPerPod: node.template.keysPerPod,
    rowsPerPodSecond: rowsPerPod,
    batchesPerPodSecond: batchesPerPod,
    signalsPerKey: seriesPerKey,
    wideShare,
  };
}

function costsOf({ node, names, sqlite }: ScaleMeasurement, { size, measured }: ChainAtSize): UnitCosts {
  const { figures, judgedKeys } = measured;
  const { bytesPerObservation: bytes } = figures;
  const [small, large] = [names[0], names.at(-1)];
  const bytesPerPod =
    ((large?.residentBytes ?? 0) - (small?.residentBytes ?? 0)) / ((large?.pods ?? 1) - (small?.pods ?? 0));
  const workloadKeys = ((size.nodes * size.podsPerNode) / size.replicas) * node.template.keysPerPod;
  const rowsPerObservation = sqlite.rows / Math.max(1, measured.recordedObservations);
  return {
    cpuSecondsPerObservation: figures.cpuPerObservation,
    kafkaBytesPerObservation: {
      raw: bytes.raw,
      signals: bytes.signals,
      wide: bytes.wide,
      state: bytes['state.judge'],
    },
    agent: { cores: node.cpuCores, bytes: node.residentBytes },
    engineBaseBytes: figures.idle.residentBytes.engine,
    engineBytesPerKey,
    rulesPerKey: judgedKeys / workloadKeys,
    nameBaseBytes: (small?.residentBytes ?? 0) - bytesPerPod * (small?.pods ?? 0),
    nameBytesPerPod: bytesPerPod,
    notifyLogBytesPerBatch: sqlite.logBytesPerRecord,
    notifyBytes: figures.residentBytes.notify,
    recordBytes: figures.residentBytes.record,
    history: {
      sqliteBytesPerRow: sqlite.bytesPerRow,
      postgresBytesPerRow: measured.postgres.bytesPerRow,
      rowsPerObservation,
    },
  };
}

function nodeRow({ template, cpuCores, residentBytes }: MeasuredNode): BenchmarkRow {
  const { rowsPerPod, rowsPerKey, batchesPerPod, wideShare } = ratesOf(template);
  return {
    name: 'a real agent, one node',
    figures: {
      pods: template.pods.length,
      'keys a pod': template.keysPerPod,
      'obs/s a pod': rowsPerPod,
      'obs/s a key': rowsPerKey,
      'batches/s a pod': batchesPerPod,
      'for wide rules, %': wideShare * 100,
      'agent, % of a core': cpuCores * 100,
      'agent, RSS MB': residentBytes / mega,
    },
  };
}

function chainRow({ size, measured }: ChainAtSize): readonly BenchmarkRow[] {
  const { figures } = measured;
  const name = `${size.nodes} agents of ${size.podsPerNode} pods`;
  const micro = (seconds: number): number => seconds * 1e6;
  const { cpuPerObservation: cpu } = figures;
  return [
    {
      name,
      figures: {
        'obs/s': figures.observationsPerSecond,
        'batches/s': figures.batchesPerSecond,
        held: figures.held ? 'yes' : `no: ${JSON.stringify(figures.lags)}`,
        'until all sent, ms': figures.lateMs,
        'name, µs/obs': micro(cpu.name),
        'engine, µs/obs': micro(cpu.engine),
        'notify, µs/obs': micro(cpu.notify),
        'record, µs/obs': micro(cpu.record),
        'broker, µs/obs': micro(cpu.broker),
        'PostgreSQL, µs/obs': micro(cpu.postgres),
        'judged keys': measured.judgedKeys,
      },
    },
  ];
}

function memoryRow({ size, measured }: ChainAtSize): BenchmarkRow {
  const { idle, residentBytes } = measured.figures;
  const pair = (member: Member): string =>
    `${Math.round(idle.residentBytes[member] / mega)} → ${Math.round(residentBytes[member] / mega)}`;
  const percent = (cores: number): number => cores * 100;
  return {
    name: `${size.nodes} agents: RSS MB, idle → at the end`,
    figures: {
      name: pair('name'),
      engine: pair('engine'),
      notify: pair('notify'),
      record: pair('record'),
      broker: pair('broker'),
      PostgreSQL: pair('postgres'),
      'idle name, % of a core': percent(idle.cores.name),
      'idle engine, %': percent(idle.cores.engine),
      'idle notify, %': percent(idle.cores.notify),
      'idle record, %': percent(idle.cores.record),
      'idle broker, %': percent(idle.cores.broker),
    },
  };
}

function bytesRow({ size, measured }: ChainAtSize): BenchmarkRow {
  const { plainBytesPerObservation, bytesPerObservation: bytes } = measured.figures;
  return {
    name: `${size.nodes} agents: bytes an observation`,
    figures: {
      JSON: plainBytesPerObservation,
      raw: bytes.raw,
      signals: bytes.signals,
      wide: bytes.wide,
      'judge’s state': bytes['state.judge'],
    },
  };
}

function namesRow({ pods, residentBytes, cpuSeconds, seconds }: NamesCost): BenchmarkRow {
  return {
    name: `name, ${pods} pods`,
    figures: { 'RSS MB': residentBytes / mega, 's to know all': seconds, 'CPU s': cpuSeconds },
  };
}

function historyRows({ sqlite, chains }: ScaleMeasurement): readonly BenchmarkRow[] {
  const postgres = chains.at(-1)?.measured.postgres;
  const lite = {
    rows: sqlite.rows,
    'bytes a row': sqlite.bytesPerRow,
    'log, bytes a batch': sqlite.logBytesPerRecord,
  };
  const large = {
    rows: postgres?.rows ?? null,
    'bytes a row': postgres?.bytesPerRow ?? null,
    'log, bytes a batch': null,
  };
  return [
    { name: 'history, SQLite (notify)', figures: lite },
    { name: 'history, PostgreSQL (record)', figures: large },
  ];
}

function limitRows(profile: LimitProfile, costs: UnitCosts): readonly BenchmarkRow[] {
  const plans = tableSizes.map((nodes) => planCluster(nodes, profile, costs));
  return breakingOrder(profile, costs).map((limit) => ({
    name: limit.name,
    figures: {
      bound: `${limit.bound.toLocaleString('en', { maximumSignificantDigits: 3 })} ${limit.unit}`,
      ...Object.fromEntries(
        plans.map((plan) => [`% at ${plan.nodes}`, (limit.taken(plan) / limit.bound) * 100]),
      ),
      'hit at nodes': limit.atNodes ?? '–',
      'seen by': limit.seenBy,
    },
  }));
}

const notes: readonly string[] = [
  'The chain’s figures are measured; those of 10, 300 and 5,000 nodes are worked out from them: observations = nodes × pods × obs/s a pod; cores = observations × CPU seconds an observation; processes at 60 % of a core (bench/scale/scale-model.ts).',
  'A simulated agent repeats, for each of its pods, what the real agent told of a real pod in ten seconds, under other names and addresses; ids, batches and requests are those of the agent’s own code. All tell at the same moment of each second, as real ones do.',
  'Where the machine cannot carry all pods of all nodes, every node has fewer: the cost of an observation is measured with that many sources, not with that many observations.',
  'µs/obs: CPU of all threads beyond what the process takes when nobody sends. The broker’s is for one copy of one replica.',
  'Cost: cores at 0.04 $/h, memory at 0.005 $/GiB h, disk at 0.10 $/GiB month, two thirds of the traffic between zones at 0.02 $/GiB: list prices of the large providers, about; put your own into listPrices (bench/scale/scale-model.ts).',
];
