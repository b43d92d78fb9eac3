import type { WorkloadName, WorkloadQuestion } from '../../history/postgres/postgres-workload-queries.ts';
import type { CaptureSelector } from '../../stream/events/capture.ts';
import { observationsType, type ObservationBatch } from '../../stream/events/observation.ts';
import type { IncomingMessage } from '../../stream/kafka/client/port.ts';
import { decodeEvent } from '../../stream/kafka/event-codec.ts';
import { partitionOf } from '../../stream/kafka/partition-of.ts';
import type { PartitionReader } from '../../stream/kafka/partition-reader.ts';
import { validateEvent } from '../../stream/validate-event.ts';
import { type FlowFinder, type FlowQuery, RecentFlows } from '../recent-flows.ts';

export interface WatchedFlowsOptions {
  /** Of the topic `signals`. */
  readonly reader: Pick<PartitionReader, 'read' | 'offsets'>;
  /** Workloads that a question may mean; rejects while nobody can say. */
  readonly findWorkloads: (question: WorkloadQuestion) => Promise<readonly WorkloadName[]>;
  /** Of this configuration. */
  readonly cluster: string;
  readonly nowMs: () => number;
  readonly onError: (error: Error) => void;
}

const maxFlows = 10_000;
/** Of a partition, looked through for one answer: some seconds to some minutes, as busy as it is. */
const maxBatches = 4_000;
/** A question by half a name may mean so many workloads. */
const maxWorkloads = 8;
/** Who asks again and again asks what was read, meanwhile. */
const freshMs = 2_000;

interface Seen {
  readonly next: number;
  readonly atMs: number;
}

/**
 * Who talked to whom lately, read off the signals when somebody asks: the events of a workload are in one partition,
 * so the end of that one tells, however large the topic is.
 */
export function createWatchedFlows(options: WatchedFlowsOptions): FlowFinder {
  const { reader, cluster, nowMs, onError } = options;
  const flows = new RecentFlows(maxFlows);
  const seen = new Map<number, Seen>();

  /** `undefined`: by its name alone it cannot be said where it is. */
  function named({ namespace, workload }: FlowQuery): WorkloadName | undefined {
    if (namespace === undefined || workload?.includes('/') !== true) return undefined;
    return { cluster, namespace, workload };
  }

  async function workloadsOf(query: FlowQuery): Promise<readonly WorkloadName[]> {
    const { namespace, namespaces, workload, pod, peer } = query;
    const exact = named(query);
    try {
      const ask = { namespace, namespaces, workload, pod, peer, limit: maxWorkloads };
      const found = await options.findWorkloads(ask);
      return exact === undefined ? found : [exact, ...found];
    } catch (error) {
      onError(error as Error);
      return exact === undefined ? [] : [exact];
    }
  }

  async function look(partition: number): Promise<void> {
    const before = seen.get(partition);
    if (before !== undefined && nowMs() - before.atMs < freshMs) return;
    const { messages, next } = await reader.read({ partition, last: maxBatches, from: before?.next });
    seen.set(partition, { next, atMs: nowMs() });
    for (const batch of messages.flatMap(batchOf)) flows.note(batch);
  }

  async function find(query: FlowQuery): Promise<CaptureSelector | undefined> {
    try {
      const { length: partitions } = await reader.offsets();
      const keys = (await workloadsOf(query)).map(keyOf);
      await Promise.all([...new Set(keys.map((key) => partitionOf(key, partitions)))].map(look));
    } catch (error) {
      onError(error as Error);
    }
    return flows.find(query);
  }

  return { find, known: (limit, scope) => flows.known(limit, scope) };
}

/** As agents name the key of what they tell. */
const keyOf = ({ cluster, namespace, workload }: WorkloadName): string =>
  `${cluster}/${namespace}/${workload}`;

function batchOf(message: IncomingMessage): readonly ObservationBatch[] {
  if (message.headers['ce_type'] !== observationsType) return [];
  const decoded = decodeEvent(message);
  // Whoever may write to the topic may write anything; the judges bury what is none.
  if (!decoded.ok || validateEvent(decoded.event) !== undefined) return [];
  return [decoded.event.data as ObservationBatch];
}
