import { auditSchema } from '../../stream/events/control.ts';
import { deadLetterSchema } from '../../stream/events/dead-letter.ts';
import { notificationSchema, type Notification } from '../../stream/events/notification.ts';
import type { AuditEntry } from '../audit-queries.ts';
import { captureRowSchema, type CaptureEntry, type CaptureFilter } from '../capture-queries.ts';
import {
  type DestinationEntry,
  type DestinationFilter,
  destinationLimits,
  destinationRowSchema,
  destinationStateSql,
  newForMs,
  toDestinationEntry,
} from '../destination-queries.ts';
import type { DeadLetterEntry, EventFilter } from '../event-queries.ts';
import { createFilter } from '../filter.ts';
import { type Queryable, type Row, rowsOf } from './postgres-database.ts';

const [usualRows, mostRows] = [100, 1_000];

/** Latest first. */
export async function listCaptures(
  database: Queryable,
  { fingerprint, phase, ...filter }: CaptureFilter = {},
): Promise<readonly CaptureEntry[]> {
  const rows = await latest(database, 'captures', { fingerprint, phase }, filter);
  return rows.map((row) => captureRowSchema.parse(row));
}

/** By its whole id, or a prefix that only one has. */
export async function getCapture(database: Queryable, idPrefix: string): Promise<CaptureEntry | undefined> {
  if (idPrefix === '') return undefined;
  const rows = await rowsOf(database, {
    sql: 'SELECT id, at_ms, body FROM captures WHERE id >= ? AND id < ? ORDER BY id LIMIT 2',
    values: [idPrefix, `${idPrefix}\u{10ffff}`],
  });
  const found = rows.map((row) => captureRowSchema.parse(row));
  return found.find(({ id }) => id === idPrefix) ?? (found.length === 1 ? found[0] : undefined);
}

/** Latest first. */
export async function listNotifications(
  database: Queryable,
  { receiver, ...filter }: EventFilter & { readonly receiver?: string } = {},
): Promise<readonly Notification[]> {
  const rows = await latest(database, 'notifications', { receiver }, filter);
  return rows.map(({ body }) => notificationSchema.parse(JSON.parse(String(body))));
}

/** Latest first. */
export async function listDeadLetters(
  database: Queryable,
  { stage, ...filter }: EventFilter & { readonly stage?: string } = {},
): Promise<readonly DeadLetterEntry[]> {
  const rows = await latest(database, 'dead_letters', { stage }, filter);
  return rows.map(({ id, at_ms: atMs, body }) => ({
    id: String(id),
    atMs: Number(atMs),
    letter: deadLetterSchema.parse(JSON.parse(String(body))),
  }));
}

/** Who changed what, latest first. */
export async function listAudit(
  database: Queryable,
  { by, ...filter }: EventFilter & { readonly by?: string | undefined } = {},
): Promise<readonly AuditEntry[]> {
  const rows = await latest(database, 'audit', { by }, filter);
  return rows.map(({ id, at_ms: atMs, body }) => ({
    ...auditSchema.parse(JSON.parse(String(body))),
    id: String(id),
    atMs: Number(atMs),
  }));
}

/** By workload and name. `nowMs` tells which are still new. */
export async function listDestinations(
  database: Queryable,
  nowMs: number,
  filter: DestinationFilter = {},
): Promise<readonly DestinationEntry[]> {
  const where = createFilter();
  where.addIf('namespace = ?', filter.namespace);
  where.addIf('workload = ?', filter.workload);
  where.addIf('strpos(name, ?) > 0', filter.name);
  where.addIf('last_ms >= ?', filter.sinceMs);
  where.addIf('state = ?', filter.state);
  const limit = Math.min(filter.limit ?? destinationLimits.usual, destinationLimits.most);
  const rows = await rowsOf(database, {
    sql: `SELECT * FROM (SELECT *, ${destinationStateSql} AS state FROM destinations) d ${where.sql()}
      ORDER BY cluster COLLATE "C", namespace COLLATE "C", workload COLLATE "C", name COLLATE "C", service_port,
        protocol COLLATE "C" LIMIT ?`,
    values: [nowMs - newForMs, ...where.values(), limit],
  });
  return rows.map((row) => toDestinationEntry(destinationRowSchema.parse(row)));
}

async function latest(
  database: Queryable,
  table: 'captures' | 'notifications' | 'dead_letters' | 'audit',
  equal: Readonly<Record<string, string | undefined>>,
  filter: EventFilter,
): Promise<readonly Row[]> {
  const where = createFilter();
  for (const [column, value] of Object.entries(equal)) where.addIf(`${column} = ?`, value);
  where.addIf('at_ms >= ?', filter.sinceMs);
  where.addIf('at_ms < ?', filter.untilMs);
  return rowsOf(database, {
    sql: `SELECT id, at_ms, body FROM ${table} ${where.sql()} ORDER BY at_ms DESC, id LIMIT ?`,
    values: [...where.values(), Math.min(filter.limit ?? usualRows, mostRows)],
  });
}
