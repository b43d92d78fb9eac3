import type { ObservationBatch, ObservationRow, Role } from '../../stream/events/observation.ts';

/** Seconds after which what waits has been told (docs/decisions/0131): a real node repeats itself after them. */
export const cycleSeconds = 10;

/** A row with the place of its peer among those of its role, in place of the peer; -1: none of the pod's own peers. */
export interface TemplateRow extends ObservationRow {
  readonly nth: number;
}

export interface TemplateBatch {
  /** In which second of the cycle it is told. */
  readonly second: number;
  readonly candidate: boolean;
  readonly windowMs: number;
  readonly elapsedMs: number;
  readonly rows: readonly TemplateRow[];
}

/** What a real agent told of one pod in a cycle. */
export type PodTemplate = readonly TemplateBatch[];

export interface NodeTemplate {
  readonly pods: readonly PodTemplate[];
  /** (peer, port, role) of a pod, mean over the pods. */
  readonly keysPerPod: number;
}

/** From batches of one cycle that a real agent sent, by workload. Batches without rows tell of an end, which nobody simulates. */
export function toTemplate(batches: readonly ObservationBatch[], cycleStartMs: number): NodeTemplate {
  const byWorkload = Map.groupBy(
    batches.filter(({ rows }) => rows.length > 0),
    ({ subject }) => subject.workload,
  );
  const pods = [...byWorkload.values()].map((own) => toPod(own, cycleStartMs));
  const keys = [...byWorkload.values()].map(
    (own) => new Set(own.flatMap(({ rows }) => rows.filter(isPeerRow).map(keyOf))).size,
  );
  return { pods, keysPerPod: keys.reduce((sum, count) => sum + count, 0) / pods.length };
}

function toPod(batches: readonly ObservationBatch[], cycleStartMs: number): PodTemplate {
  const places: Record<Role, string[]> = { client: [], server: [] };
  const nthOf = (row: ObservationRow): number => {
    if (!isPeerRow(row)) return -1;
    const known = places[row.role];
    if (!known.includes(row.peer.ip)) known.push(row.peer.ip);
    return known.indexOf(row.peer.ip);
  };
  return batches.map(({ window, candidate, rows }) => ({
    second: Math.floor((Date.parse(window.start) + window.elapsed_ms - cycleStartMs) / 1000) % cycleSeconds,
    candidate,
    windowMs: window.ms,
    elapsedMs: window.elapsed_ms,
    rows: rows.map((row) => ({ ...row, nth: nthOf(row) })),
  }));
}

/** The pods of a measured node talk to each other and to nobody else; they share their resolver, as those of a cluster do. */
const isPeerRow = ({ signal, peer }: ObservationRow): boolean => peer.kind === 'workload' && signal !== 'dns';

const keyOf = ({ role, service_port, peer }: ObservationRow): string => `${role} ${service_port} ${peer.ip}`;

export interface TemplateRates {
  readonly rowsPerKey: number;
  readonly rowsPerPod: number;
  readonly batchesPerPod: number;
  /** Of all rows, those of signals that rules across workloads read. */
  readonly wideShare: number;
  /** Distinct (signal, key) of a pod for each of its keys. */
  readonly seriesPerKey: number;
}

/** Those of a shipped rule whose `by` has no workload in it (docs/decisions/0150). */
const wideSignals: ReadonlySet<string> = new Set(['dns', 'apiserver.latency']);

/** What a simulated pod will send in a second. */
export function ratesOf({ pods, keysPerPod }: NodeTemplate): TemplateRates {
  const all = pods.map((pod) => pod.flatMap(({ rows }) => rows));
  const rows = all.flat().length;
  const series = all.reduce(
    (sum, own) => sum + new Set(own.map((row) => `${row.signal} ${keyOf(row)}`)).size,
    0,
  );
  const batches = pods.reduce((sum, pod) => sum + pod.length, 0);
  const rowsPerPod = rows / pods.length / cycleSeconds;
  return {
    rowsPerPod,
    rowsPerKey: rowsPerPod / keysPerPod,
    batchesPerPod: batches / pods.length / cycleSeconds,
    wideShare: all.flat().filter(({ signal }) => wideSignals.has(signal)).length / rows,
    seriesPerKey: series / pods.length / keysPerPod,
  };
}
