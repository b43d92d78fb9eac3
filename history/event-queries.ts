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
  filter: EventFilter & { readonly receiver?: string } = {},
): readonly Notification[] {
  const where = createFilter();
  where.addIf('receiver = ?', filter.receiver);
  return select(database, 'notifications', where, filter).map((row) => notificationSchema.parse(row.body));
}

/** Latest first. */
export function listDeadLetters(
  database: DatabaseSync,
  filter: EventFilter & { readonly stage?: string } = {},
): readonly DeadLetterEntry[] {
  const where = createFilter();
  where.addIf('stage = ?', filter.stage);
  return select(database, 'dead_letters', where, filter).map(({ id, atMs, body }) => ({
    id,
    atMs,
    letter: deadLetterSchema.parse(body),
  }));
}

function select(
  database: DatabaseSync,
  table: 'notifications' | 'dead_letters',
  where: ReturnType<typeof createFilter>,
  filter: EventFilter,
): readonly { readonly id: string; readonly atMs: number; readonly body: unknown }[] {
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
