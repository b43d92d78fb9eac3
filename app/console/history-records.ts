import type { ObservedSecond } from '../../history/postgres/postgres-newest-observations.ts';
import { createCloudEvent, type CloudEvent } from '../../stream/cloud-event.ts';
import { tickType } from '../../stream/events/control.ts';
import {
  type ObservationBatch,
  type ObservationRow,
  observationsType,
} from '../../stream/events/observation.ts';
import type { StreamRecord } from '../../stream/port.ts';

const secondMs = 1_000;

/**
 * What was kept of the observations, as a log for the judge: a batch a second and workload, and a tick after each
 * second. What the history does not keep is missing: pods, addresses, evidence.
 */
export function* historyRecords(seconds: Iterable<ObservedSecond>): Generator<StreamRecord> {
  let offset = 0;
  const place = (event: CloudEvent, appendedAtMs: number): StreamRecord => {
    offset += 1;
    return { topic: 'signals', partition: 0, offset, appendedAtMs, event };
  };
  for (const [atMs, all] of Map.groupBy(seconds, (one) => one.atMs)) {
    const endMs = atMs + secondMs;
    for (const some of Map.groupBy(all, keyOf).values()) yield place(batchOf(some, offset + 1), endMs);
    yield place(tickAt(endMs), endMs);
  }
}

const keyOf = ({ series: { cluster, namespace, workload } }: ObservedSecond): string =>
  `${cluster}/${namespace}/${workload}`;

function batchOf(some: readonly ObservedSecond[], seq: number): CloudEvent {
  const [{ series, atMs }] = some as [ObservedSecond, ...ObservedSecond[]];
  const { cluster, namespace, workload } = series;
  const data: ObservationBatch = {
    window: { start: new Date(atMs).toISOString(), ms: secondMs, elapsed_ms: secondMs },
    candidate: false,
    subject: { cluster, node: 'history', namespace, workload },
    rows: some.map(rowOf),
  };
  return createCloudEvent({
    id: `history/trial/${seq}`,
    source: `/clusters/${cluster}/nodes/history`,
    type: observationsType,
    timeMs: atMs + secondMs,
    partitionkey: `${cluster}/${namespace}/${workload}`,
    data,
  });
}

function rowOf({ series, fields }: ObservedSecond): ObservationRow {
  const { signal, role, service_port, peer_kind: kind, peer: name } = series;
  return { signal, role, service_port, peer: { kind, name, ip: name }, fields: { ...fields } };
}

function tickAt(atMs: number): CloudEvent {
  return createCloudEvent({
    id: `${atMs}/trial`,
    source: '/stream/clock',
    type: tickType,
    timeMs: atMs,
    partitionkey: 'clock',
    data: {},
  });
}
