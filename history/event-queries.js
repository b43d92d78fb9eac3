import { deadLetterSchema } from '../stream/events/dead-letter.js';
import { notificationSchema } from '../stream/events/notification.js';
import { createFilter } from './filter.js';
/** Latest first. */
export function listNotifications(database, filter = {}) {
  const where = createFilter();
  where.addIf('receiver = ?', filter.receiver);
  return select(database, 'notifications', where, filter).map((row) => notificationSchema.parse(row.body));
}
/** Latest first. */
export function listDeadLetters(database, filter = {}) {
  const where = createFilter();
  where.addIf('stage = ?', filter.stage);
  return select(database, 'dead_letters', where, filter).map(({ id, atMs, body }) => ({
    id,
    atMs,
    letter: deadLetterSchema.parse(body),
  }));
}
function select(database, table, where, filter) {
  where.addIf('at_ms >= ?', filter.sinceMs);
  where.addIf('at_ms < ?', filter.untilMs);
  return database
    .prepare(`SELECT id, at_ms, body FROM ${table} ${where.sql()} ORDER BY at_ms DESC, id LIMIT ?`)
    .all(...where.values(), Math.min(filter.limit ?? 100, 1000))
    .map((row) => ({
      id: String(row['id']),
      atMs: Number(row['at_ms']),
      body: JSON.parse(String(row['body'])),
    }));
}
