import type { Member } from './chain.ts';

/** What the pods of a node do; assumptions, but for the rates, which a real agent was measured at. */
export interface NodeProfile {
  readonly podsPerNode: number;
  /** Pods of a workload: their rows are judged and kept by workload. */
  readonly replicas: number;
  /** (peer, port, role) of a pod. */
  readonly keysPerPod: number;
  readonly rowsPerPodSecond: number;
  readonly batchesPerPodSecond: number;
  /** Rows of different signals of one key: each a series of the history. */
  readonly signalsPerKey: number;
}

/** What one observation, key, pod or row costs; measured on one machine, cores are that machine's. */
export interface UnitCosts {
  readonly cpuSecondsPerObservation: Readonly<Record<Member, number>>;
  /** In the broker's files: one copy, compressed. `state` is what is written, before it is compacted. */
  readonly kafkaBytesPerObservation: {
    readonly raw: number;
    readonly signals: number;
    readonly wide: number;
    readonly state: number;
  };
  readonly agent: { readonly cores: number; readonly bytes: number };
  readonly engineBaseBytes: number;
  /** Of the judge, a key and rule. */
  readonly engineBytesPerKey: number;
  readonly rulesPerKey: number;
  readonly nameBaseBytes: number;
  readonly nameBytesPerPod: number;
  readonly recordBytes: number;
  readonly notifyBytes: number;
  /** In its own log, the copy of the stream. */
  readonly notifyLogBytesPerBatch: number;
  readonly history: {
    readonly sqliteBytesPerRow: number;
    readonly postgresBytesPerRow: number;
    /** Rows of 1 s kept for one observation: replicas that tell of the same second share one. */
    readonly rowsPerObservation: number;
  };
}

/** Dollars; put your own in. A month has 730 hours. */
export interface Prices {
  readonly coreHour: number;
  readonly gibHour: number;
  readonly diskGibMonth: number;
  /** Between zones, each way it is charged. */
  readonly transferGib: number;
}

export const listPrices: Prices = { coreHour: 0.04, gibHour: 0.005, diskGibMonth: 0.1, transferGib: 0.02 };

export interface PlanRules {
  /** Of a core that a process may be busy with, so that it can catch up after it was away. */
  readonly targetUse: number;
  readonly replication: number;
  readonly rawHours: number;
  readonly signalsHours: number;
  /** Of the traffic of three zones, what leaves its own. */
  readonly crossZoneShare: number;
}

export const planRules: PlanRules = {
  targetUse: 0.6,
  replication: 3,
  rawHours: 6,
  signalsHours: 24,
  crossZoneShare: 2 / 3,
};

export interface ClusterPlan {
  readonly nodes: number;
  readonly observationsPerSecond: number;
  readonly batchesPerSecond: number;
  /** Of the judge, all rules together. */
  readonly keys: number;
  readonly series: number;
  readonly partitions: number;
  readonly engineReplicas: number;
  readonly nameReplicas: number;
  /** Cores that the one notify process would need: beyond 1 it falls behind. */
  readonly notifyCores: number;
  readonly recordReplicas: number;
  readonly postgresCores: number;
  readonly brokerCores: number;
  readonly engineBytesEach: number;
  readonly nameBytesEach: number;
  readonly kafkaBytesInPerSecond: number;
  readonly kafkaBytesOutPerSecond: number;
  readonly kafkaDiskBytes: number;
  readonly historyRowsPerSecond: number;
  readonly sqliteBytesPerDay: number;
  readonly postgresBytesPerDay: number;
  /** Rows of a minute: what is left of a day after a day. */
  readonly minuteBytesPerDay: number;
  readonly costPerMonth: { readonly agents: number; readonly central: number; readonly perNode: number };
}

const [hoursPerMonth, secondsPerDay, secondsPerHour] = [730, 86_400, 3_600];
const gib = 2 ** 30;

/** What a cluster of so many nodes needs: everything grows with observations, keys or pods; docs/scale.md has the formulas. */
export function planCluster(
  nodes: number,
  profile: NodeProfile,
  costs: UnitCosts,
  rules: PlanRules = planRules,
  prices: Prices = listPrices,
): ClusterPlan {
  const pods = nodes * profile.podsPerNode;
  const observations = pods * profile.rowsPerPodSecond;
  const workloadKeys = (pods / profile.replicas) * profile.keysPerPod;
  const coresOf = (member: Member): number => observations * costs.cpuSecondsPerObservation[member];
  const replicasOf = (member: Member): number => Math.max(1, Math.ceil(coresOf(member) / rules.targetUse));
  const keys = workloadKeys * costs.rulesPerKey;
  const engineReplicas = replicasOf('engine');
  const nameReplicas = replicasOf('name');
  const historyRows = observations * costs.history.rowsPerObservation;
  const series = workloadKeys * profile.signalsPerKey;
  const { raw, signals, wide, state } = costs.kafkaBytesPerObservation;
  const written = observations * (raw + signals + wide + state);
  const plan = {
    nodes,
    observationsPerSecond: observations,
    batchesPerSecond: pods * profile.batchesPerPodSecond,
    keys,
    series,
    partitions: partitionsFor(Math.max(engineReplicas, nameReplicas)),
    engineReplicas,
    nameReplicas,
    notifyCores: coresOf('notify'),
    recordReplicas: replicasOf('record'),
    postgresCores: coresOf('postgres'),
    brokerCores: coresOf('broker') * rules.replication,
    engineBytesEach: costs.engineBaseBytes + (keys * costs.engineBytesPerKey) / engineReplicas,
    nameBytesEach: costs.nameBaseBytes + pods * costs.nameBytesPerPod,
    kafkaBytesInPerSecond: written * rules.replication,
    // name reads raw; engine, record and (without PostgreSQL) notify read signals; the wide judge reads wide. State is read at a take-over only.
    kafkaBytesOutPerSecond: observations * (raw + 3 * signals + wide),
    kafkaDiskBytes:
      observations *
      (raw * rules.rawHours + (signals + wide) * rules.signalsHours) *
      secondsPerHour *
      rules.replication,
    historyRowsPerSecond: historyRows,
    sqliteBytesPerDay: historyRows * costs.history.sqliteBytesPerRow * secondsPerDay,
    postgresBytesPerDay: historyRows * costs.history.postgresBytesPerRow * secondsPerDay,
    minuteBytesPerDay: series * costs.history.sqliteBytesPerRow * (secondsPerDay / 60),
  };
  return { ...plan, costPerMonth: costOf(plan, costs, rules, prices) };
}

/** Twice as many as there are processes, so that one that is lost spreads over the others; a power of two, at least 8. */
export function partitionsFor(replicas: number): number {
  return Math.max(8, 2 ** Math.ceil(Math.log2(2 * replicas)));
}

function costOf(
  plan: Omit<ClusterPlan, 'costPerMonth'>,
  costs: UnitCosts,
  rules: PlanRules,
  prices: Prices,
): ClusterPlan['costPerMonth'] {
  const perHour = (cores: number, bytes: number): number =>
    cores * prices.coreHour + (bytes / gib) * prices.gibHour;
  const agents = plan.nodes * perHour(costs.agent.cores, costs.agent.bytes) * hoursPerMonth;
  const processes =
    perHour(plan.engineReplicas, plan.engineReplicas * plan.engineBytesEach) +
    perHour(plan.nameReplicas, plan.nameReplicas * plan.nameBytesEach) +
    perHour(Math.max(1, plan.notifyCores / rules.targetUse), costs.notifyBytes) +
    perHour(plan.recordReplicas, plan.recordReplicas * costs.recordBytes) +
    perHour(plan.postgresCores / rules.targetUse, 4 * gib) +
    perHour(plan.brokerCores / rules.targetUse, rules.replication * 4 * gib);
  const disk = (plan.kafkaDiskBytes + plan.postgresBytesPerDay + 30 * plan.minuteBytesPerDay) / gib;
  const moved =
    ((plan.kafkaBytesInPerSecond + plan.kafkaBytesOutPerSecond) * secondsPerHour * hoursPerMonth) / gib;
  const central =
    processes * hoursPerMonth +
    disk * prices.diskGibMonth +
    moved * rules.crossZoneShare * prices.transferGib;
  return { agents, central, perNode: (agents + central) / plan.nodes };
}
