import type { DatabaseSync } from 'node:sqlite';
import { auditSchema, type Audit } from '../stream/events/control.ts';
import { type EventFilter, latestEvents } from './event-queries.ts';

export interface AuditEntry extends Audit {
  readonly id: string;
  readonly atMs: number;
}

/** Who changed what, latest first. */
export function listAudit(
  database: DatabaseSync,
  { by, ...filter }: EventFilter & { readonly by?: string | undefined } = {},
): readonly AuditEntry[] {
  const rows = latestEvents(database, 'audit', { by }, filter);
  return rows.map(({ id, atMs, body }) => ({ ...auditSchema.parse(body), id, atMs }));
}
