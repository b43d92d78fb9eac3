import { auditSchema } from '../stream/events/control.js';
import { createFilter } from './filter.js';
/** Who changed what, latest first. */
export function listAudit(database, filter = {}) {
  const where = createFilter();
  where.addIf('by = ?', filter.by);
  where.addIf('at_ms >= ?', filter.sinceMs);
  where.addIf('at_ms < ?', filter.untilMs);
  return database
    .prepare(`SELECT id, at_ms, body FROM audit ${where.sql()} ORDER BY at_ms DESC, id LIMIT ?`)
    .all(...where.values(), Math.min(filter.limit ?? 100, 1000))
    .map((row) => ({
      ...auditSchema.parse(JSON.parse(String(row['body']))),
      id: String(row['id']),
      atMs: Number(row['at_ms']),
    }));
}
