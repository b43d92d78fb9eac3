import type { DatabaseSync } from 'node:sqlite';
import { deadLetterSchema, type DeadLetterEvent } from '../stream/events/dead-letter.ts';
import { notificationSchema, type Notification } from '../stream/events/notification.ts';
import { createFilter } from './filter.ts';

export interface EventFilter {
  readonly sinceMs?: number;
  readonly untilMs?: number;
  /** At most 1,000; 100 without. */
  readonly limit?: number;
}

export interface DeadLetterEntry {
  readonly id: string;
  readonly atMs: number;
  readonly letter: DeadLetterEvent['data'];
}

/** Latest first. */
export function listNotifications(
  database: DatabaseSync,
  { receiver, ...filter }: EventFilter & { readonly receiver?: string } = {},
): readonly Notification[] {
  const rows = latestEvents(database, 'notifications', { receiver }, filter);
  return rows.map(({ body }) => notificationSchema.parse(body));
}

/** Latest first. */
export function listDeadLetters(
  database: DatabaseSync,
  { stage, ...filter }: EventFilter & { readonly stage?: string } = {},
): readonly DeadLetterEntry[] {
  const rows = latestEvents(database, 'dead_letters', { stage }, filter);
  return rows.map(({ id, atMs, body }) => ({ id, atMs, letter: deadLetterSchema.parse(body) }));
}

/** Latest first: those whose columns equal what is given. */
export function latestEvents(
  database: DatabaseSync,
  table: 'notifications' | 'dead_letters' | 'audit',
  equal: Readonly<Record<string, string | undefined>>,
  filter: EventFilter,
): readonly { readonly id: string; readonly atMs: number; readonly body: unknown }[] {
  const where = createFilter();
  for (const [column, value] of Object.entries(equal)) where.addIf(`${column} = ?`, value);
  where.addIf('at_ms >= ?', filter.sinceMs);
  where.addIf('at_ms < ?', filter.untilMs);
  return database
    .prepare(`SELECT id, at_ms, body FROM ${table} ${where.sql()} ORDER BY at_ms DESC, id LIMIT ?`)
    .all(...where.values(), Math.min(filter.limit ?? 100, 1000))
    .map((row) => ({
      id: String(row['id']),
      atMs: Number(row['at_ms']),
      body: JSON.parse(String(row['body'])) as unknown,
    }));
}
