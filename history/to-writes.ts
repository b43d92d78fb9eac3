import type { z } from 'zod';
import { netDestinations } from '../signals/net-destinations.ts';
import {
  captureRequestedType,
  captureRequestSchema,
  captureSchema,
  captureType,
} from '../stream/events/capture.ts';
import {
  acknowledgedSchema,
  acknowledgedType,
  auditSchema,
  auditType,
  verdictGivenSchema,
  verdictGivenType,
} from '../stream/events/control.ts';
import { deadLetterSchema, deadLetterType } from '../stream/events/dead-letter.ts';
import { alertAnnotatedSchema, alertAnnotatedType } from '../stream/events/function.ts';
import { notificationSchema, notificationType } from '../stream/events/notification.ts';
import {
  observationsType,
  type ObservationBatch,
  type ObservationRow,
} from '../stream/events/observation.ts';
import { transitionSchema, transitionType } from '../stream/events/transition.ts';
import { PoisonError, type StreamRecord } from '../stream/port.ts';
import type { HistoryWrite } from './history-write.ts';

/** What a record leaves in the history; most control events and all ticks leave nothing. */
export function toWrites(record: StreamRecord): readonly HistoryWrite[] {
  const { event } = record;
  const atMs = Date.parse(event.time);
  switch (event.type) {
    case observationsType:
      return observationWrites(record);
    case transitionType:
      return [{ kind: 'transition', transition: parse(transitionSchema, record) }];
    case alertAnnotatedType:
      return [{ kind: 'note', note: parse(alertAnnotatedSchema, record) }];
    case acknowledgedType:
      return [{ kind: 'acknowledgement', ...parse(acknowledgedSchema, record), atMs }];
    case verdictGivenType:
      return [{ kind: 'verdict', ...parse(verdictGivenSchema, record), atMs }];
    case auditType:
      return [{ kind: 'audit', id: event.id, atMs, audit: parse(auditSchema, record) }];
    case notificationType:
      return [{ kind: 'notification', notification: parse(notificationSchema, record) }];
    case captureRequestedType:
      return [{ kind: 'capture-request', request: parse(captureRequestSchema, record) }];
    case captureType:
      return [{ kind: 'capture', capture: parse(captureSchema, record), atMs }];
    case deadLetterType:
      return [{ kind: 'dead-letter', id: event.id, atMs, letter: parse(deadLetterSchema, record) }];
    default:
      return [];
  }
}

function parse<Schema extends z.ZodType>(schema: Schema, { event }: StreamRecord): z.infer<Schema> {
  const result = schema.safeParse(event.data);
  if (!result.success)
    throw new PoisonError(`history: ${event.type}: ${result.error.issues[0]?.message ?? 'invalid'}`);
  return result.data;
}

/**
 * Observations come by the thousand and were checked at their append, so only their outline is checked here. A
 * window that begins after its append comes from a clock that is ahead: it is filed under the append.
 */
function observationWrites(record: StreamRecord): readonly HistoryWrite[] {
  const batch = record.event.data as Partial<ObservationBatch> | null;
  if (batch?.window === undefined || batch.subject === undefined || !Array.isArray(batch.rows))
    throw new PoisonError(`history: ${observationsType}: not a batch`);
  const checked = batch as ObservationBatch;
  return checked.rows.flatMap((row) =>
    row.signal === netDestinations.id
      ? [toObservation(checked, row, record), toDestination(checked, row, record)]
      : [toObservation(checked, row, record)],
  );
}

function toObservation(
  { subject, window }: ObservationBatch,
  { signal, role, service_port, peer, fields }: ObservationRow,
  { appendedAtMs }: StreamRecord,
): HistoryWrite {
  const { cluster, namespace, workload } = subject;
  return {
    kind: 'observation',
    series: {
      signal,
      cluster,
      namespace,
      workload,
      role,
      service_port,
      peer_kind: peer.kind,
      peer: peer.name,
    },
    atMs: Math.min(Date.parse(window.start), appendedAtMs),
    fields,
  };
}

/** Who went where: the access list of a machine. Counts are whole numbers, whoever sent them. */
function toDestination(
  { subject, window }: ObservationBatch,
  { peer, service_port, protocol, fields, evidence }: ObservationRow,
  { appendedAtMs }: StreamRecord,
): HistoryWrite {
  const { cluster, namespace, workload } = subject;
  const firstMs = Math.min(Date.parse(window.start), appendedAtMs);
  const count = (field: keyof typeof netDestinations.fields): number => Math.round(fields[field] ?? 0);
  const host = evidence?.destinations?.[0];
  return {
    kind: 'destination',
    cluster,
    namespace,
    workload,
    name: peer.name,
    servicePort: service_port,
    ...(protocol !== undefined && { protocol }),
    firstMs,
    lastMs: Math.min(firstMs + Math.round(window.elapsed_ms), Math.max(firstMs, appendedAtMs)),
    contacts: count('contacts'),
    bytesSent: count('bytes_sent'),
    bytesReceived: count('bytes_received'),
    host: host === undefined ? peer.ip : hostText(host.name, host.ip),
  };
}

function hostText(name: string, ip: string): string {
  return name === ip ? ip : `${name} ${ip}`;
}
