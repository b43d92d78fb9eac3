import type { DatabaseSync } from 'node:sqlite';
import { auditSchema, type Audit } from '../stream/events/control.ts';
import type { EventFilter } from './event-queries.ts';
import { createFilter } from './filter.ts';

export interface AuditEntry extends Audit {
  readonly id: string;
  readonly atMs: number;
}

/** Who changed what, latest first. */
export function listAudit(
  database: DatabaseSync,
  filter: EventFilter & { readonly by?: string | undefined } = {},
): readonly AuditEntry[] {
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
