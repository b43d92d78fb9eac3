import { measureValue } from '../../signals/measure-value.ts';
import { signalCatalogue } from '../../signals/catalogue.ts';
import { captureType } from '../../stream/events/capture.ts';
import {
  type ObservationBatch,
  type ObservationRow,
  type ObservationsEvent,
  observationsType,
} from '../../stream/events/observation.ts';
import type { StreamRecord } from '../../stream/port.ts';

/** Fields that are zero while all is well, by signal. */
const signs: Readonly<Record<string, readonly string[]>> = {
  'tcp.retransmits': [
    'retransmits',
    'syn_retransmits',
    'synack_retransmits',
    'stalled_sockets',
    'loss_episodes',
  ],
  dns: ['failures', 'failed_queries', 'overdue', 'retried'],
  'apiserver.latency': ['failures'],
};
/** Slower than any answer of a demo's API server that is well, µs. */
const slowAnswerUs = 250_000;

/** Does a row show a trouble of itself: something lost, an error, an answer that came late? */
export function isTroubleRow({ signal, fields }: ObservationRow): boolean {
  if ((signs[signal] ?? []).some((field) => (fields[field] ?? 0) > 0)) return true;
  const slowest = signalCatalogue.get(signal)?.measures['fresh_p75'];
  return slowest !== undefined && measureValue(slowest, fields) > slowAnswerUs;
}

/**
 * Takes the troubles out of a recording, record by record in its order: their rows, destinations that were not met
 * while it learned, and what the recorder had caught because of them. undefined: nothing of the record is left.
 */
export function createTroubleFilter(learnedAtMs: number): (record: StreamRecord) => StreamRecord | undefined {
  const met = new Set<string>();
  const isNew = (workload: string, { signal, peer }: ObservationRow, atMs: number): boolean => {
    if (signal !== 'net.destinations') return false;
    const name = `${workload} → ${peer.name}`;
    if (atMs <= learnedAtMs) met.add(name);
    return !met.has(name);
  };
  return (record) => {
    if (record.event.type === captureType) return undefined;
    if (!isObservations(record)) return record;
    const { event, appendedAtMs } = record;
    const { workload } = event.data.subject;
    const rows = event.data.rows.filter((row) => !isTroubleRow(row) && !isNew(workload, row, appendedAtMs));
    const data: ObservationBatch = { ...event.data, rows };
    return { ...record, event: { ...event, data } };
  };
}

function isObservations(record: StreamRecord): record is StreamRecord<ObservationsEvent> {
  return record.event.type === observationsType;
}
