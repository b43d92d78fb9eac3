import { defaultHistoryLimits } from '../../history/retention.ts';
import { type ClusterPlan, type NodeProfile, planCluster, type UnitCosts } from './scale-model.ts';

/** A bound of Saccade or of what it stands on, and how much of it a cluster takes. */
export interface ScaleLimit {
  readonly name: string;
  /** As it is shipped, in the limit's unit; where it is set stands in `where`. */
  readonly bound: number;
  readonly unit: string;
  readonly where: string;
  /** What a cluster takes of it. */
  readonly taken: (plan: ClusterPlan) => number;
  readonly seenBy: string;
  readonly then: string;
}

/** Further assumptions, for limits that the load itself does not give. */
export interface LimitProfile extends NodeProfile {
  /** Of all rows, those that rules across workloads read (DNS, API servers): all go through one partition. */
  readonly wideShare: number;
  /** Destinations outside of the cluster, a workload. */
  readonly destinationsPerWorkload: number;
  /** Addresses of API servers that each node asks, with two paths each. */
  readonly apiServers: number;
}

const gib = 2 ** 30;
/** `history.max_bytes` 2 GB, two thirds of it for seconds (app/history-limits.ts). */
const secondsBytes = (2e9 * 2) / 3;

/** Every bound that a growing cluster comes near. Sizes of one node (its maps, its candidates) do not grow with it. */
function scaleLimits(profile: LimitProfile, costs: UnitCosts): readonly ScaleLimit[] {
  const pods = (plan: ClusterPlan): number => plan.nodes * profile.podsPerNode;
  const workloads = (plan: ClusterPlan): number => pods(plan) / profile.replicas;
  const wideRows = (plan: ClusterPlan): number => plan.observationsPerSecond * profile.wideShare;
  return [
    {
      name: 'notify without PostgreSQL: the one process that copies the stream',
      bound: 1,
      unit: 'core',
      where: 'app/processes/notify-carrier.ts',
      taken: (plan) => plan.notifyCores,
      seenBy: 'saccade_mirror_lag_records grows',
      then: 'pages and history come late by the lag; the judges are not affected',
    },
    {
      name: 'history: series',
      bound: defaultHistoryLimits.maxSeries,
      unit: 'series',
      where: 'history/retention.ts',
      taken: (plan) => plan.series,
      seenBy: 'saccade_left_out_total{stage="record",reason="series"}',
      then: 'no chart of what came later; judged and paged as ever',
    },
    {
      name: 'history: a day in rows of a second',
      bound: secondsBytes,
      unit: 'bytes',
      where: 'history.max_bytes',
      taken: (plan) => plan.sqliteBytesPerDay,
      seenBy: 'charts show minutes for hours that are less than a day old',
      then: 'seconds become minutes earlier than after history.observations_1s',
    },
    {
      name: 'notify without PostgreSQL: a day of the stream in its own log',
      bound: 1e9,
      unit: 'bytes',
      where: 'stream.max_bytes',
      taken: (plan) => plan.batchesPerSecond * costs.notifyLogBytesPerBatch * 86_400,
      seenBy: 'the first record of the log is less than stream.max_age old',
      then: 'a trial of a rule looks back less far',
    },
    {
      name: 'history: cores of one PostgreSQL',
      bound: 32,
      unit: 'cores',
      where: 'your PostgreSQL; the bound is an assumption',
      taken: (plan) => plan.postgresCores,
      seenBy: 'saccade_history_postgres_lag_records grows',
      then: 'the history is late while Kafka keeps it, a day of signals',
    },
    {
      name: 'judge across workloads: one partition',
      bound: 1,
      unit: 'core',
      where: 'docs/decisions/0150',
      taken: (plan) => wideRows(plan) * costs.cpuSecondsPerObservation.engine,
      seenBy: 'saccade_stream_lag_records{stage="judge-wide"} grows',
      then: 'alerts on resolvers and API servers come late; those of workloads do not',
    },
    {
      name: 'judge across workloads: sources it tells repeats of',
      bound: 8_192,
      unit: 'sources',
      where: 'engine/judge-memory.ts',
      // A source is a node by way of a partition; a node's workloads are spread over them at random.
      taken: (plan) => plan.nodes * plan.partitions * (1 - (1 - 1 / plan.partitions) ** profile.podsPerNode),
      seenBy: 'saccade_judge_left_out_total{reason="sources"}',
      then: 'the source silent for longest is forgotten; each return costs a search over all',
    },
    {
      name: 'judge: keys of a rule in one partition',
      bound: 10_000,
      unit: 'keys',
      where: 'max_keys of the rule',
      taken: (plan) => plan.keys / costs.rulesPerKey / plan.partitions,
      seenBy: 'saccade_judge_left_out_total{reason="keys"}',
      then: 'further peers are judged together as `__other__`',
    },
    {
      name: 'judge across workloads: API servers by node',
      bound: 10_000,
      unit: 'keys',
      where: 'max_keys of api-server-slow',
      taken: (plan) => plan.nodes * profile.apiServers * 2,
      seenBy: 'saccade_judge_left_out_total{reason="keys"}',
      then: 'further nodes are judged together',
    },
    {
      name: 'API servers: requests of all nodes together',
      bound: 500,
      unit: 'requests/s',
      where: 'apiserver.interval; the bound is an assumption',
      // Two paths, over a kept connection and a fresh one, every ten seconds.
      taken: (plan) => (plan.nodes * profile.apiServers * 4) / 10,
      seenBy: 'apiserver_request_total of the API server, by its user agent',
      then: 'what watches the API server becomes a load of it: raise apiserver.interval',
    },
    {
      name: 'flows that a person can name for a capture, without PostgreSQL',
      bound: 100_000,
      unit: 'flows',
      where: 'app/processes/signal-sight.ts; with PostgreSQL none: signals are looked at when asked',
      taken: (plan) => pods(plan) * profile.keysPerPod,
      seenBy: '"no such flow" by `saccade capture`',
      then: 'the flow not seen for longest is forgotten; those of alerts are not',
    },
    {
      name: 'destinations that are remembered',
      bound: defaultHistoryLimits.destinations.maxRows,
      unit: 'rows',
      where: 'history/retention.ts',
      taken: (plan) => workloads(plan) * profile.destinationsPerWorkload,
      seenBy: 'the oldest are missing in `saccade destinations`',
      then: 'those not contacted for longest go',
    },
    {
      name: 'Kafka: partitions of the signals',
      bound: 1_000,
      unit: 'partitions',
      where: 'kafka.partitions',
      taken: (plan) => plan.partitions,
      seenBy: 'the configuration is refused',
      then: 'no more engines than that',
    },
    {
      name: 'name: pods known',
      bound: 200_000,
      unit: 'pods',
      where: 'kubernetes/watch-cluster.ts',
      taken: pods,
      seenBy: 'saccade_kubernetes_objects_left_out',
      then: 'peers beyond stay addresses',
    },
    {
      name: 'name: heap of one process',
      bound: 4 * gib,
      unit: 'bytes',
      where: 'Node’s default on a machine with room',
      taken: (plan) => plan.nameBytesEach,
      seenBy: 'process_resident_memory_bytes of name',
      then: 'it ends and starts again; raise --max-old-space-size',
    },
  ];
}

export interface Breaking extends ScaleLimit {
  /** The smallest cluster that takes more than the bound; undefined: none up to `maxNodes`. */
  readonly atNodes: number | undefined;
}

const maxNodes = 50_000;

/** What breaks first comes first. */
export function breakingOrder(profile: LimitProfile, costs: UnitCosts): readonly Breaking[] {
  return scaleLimits(profile, costs)
    .map((limit) => ({
      ...limit,
      atNodes: smallest((nodes) => limit.taken(planCluster(nodes, profile, costs)) > limit.bound),
    }))
    .sort((a, b) => (a.atNodes ?? Infinity) - (b.atNodes ?? Infinity));
}

/** Halving, so `exceeds` must not turn false again; partitions come in powers of two, which bends it a little. */
function smallest(exceeds: (nodes: number) => boolean): number | undefined {
  if (!exceeds(maxNodes)) return undefined;
  let [below, above] = [0, maxNodes];
  while (above - below > 1) {
    const middle = Math.floor((below + above) / 2);
    if (exceeds(middle)) above = middle;
    else below = middle;
  }
  return above;
}
