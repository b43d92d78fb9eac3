import { z } from 'zod';
import { createFilter } from './filter.js';
/**
 * `new`: for the first ten minutes. `persistent`: contacted in at least three stretches of ten minutes over an hour or
 * more. `active`: neither.
 */
export const destinationStates = ['new', 'active', 'persistent'];
const newForMs = 10 * 60_000;
const persistentAfterMs = 3_600_000;
const persistentSlots = 3;
const defaultLimit = 1_000;
const maxLimit = 10_000;
const rowSchema = z.object({
  cluster: z.string(),
  namespace: z.string(),
  workload: z.string(),
  name: z.string(),
  host: z.string(),
  service_port: z.number(),
  state: z.enum(destinationStates),
  first_ms: z.number(),
  last_ms: z.number(),
  contacts: z.number(),
  bytes_sent: z.number(),
  bytes_received: z.number(),
});
const stateSql = `CASE
  WHEN last_ms - first_ms >= ${persistentAfterMs} AND slots >= ${persistentSlots} THEN 'persistent'
  WHEN first_ms > ? THEN 'new' ELSE 'active' END`;
/** By workload and name. `nowMs` tells which are still new. */
export function listDestinations(database, nowMs, filter = {}) {
  const where = createFilter();
  where.addIf('namespace = ?', filter.namespace);
  where.addIf('workload = ?', filter.workload);
  where.addIf('instr(name, ?) > 0', filter.name);
  where.addIf('last_ms >= ?', filter.sinceMs);
  where.addIf('state = ?', filter.state);
  const rows = database
    .prepare(
      `SELECT * FROM (SELECT *, ${stateSql} AS state FROM destinations) ${where.sql()}
       ORDER BY cluster, namespace, workload, name, service_port LIMIT ?`,
    )
    .all(nowMs - newForMs, ...where.values(), Math.min(filter.limit ?? defaultLimit, maxLimit));
  return rows.map((row) => toEntry(rowSchema.parse(row)));
}
function toEntry(row) {
  const { cluster, namespace, workload, name, host, state, contacts } = row;
  return {
    cluster,
    namespace,
    workload,
    name,
    host,
    servicePort: row.service_port,
    state,
    firstMs: row.first_ms,
    lastMs: row.last_ms,
    contacts,
    bytesSent: row.bytes_sent,
    bytesReceived: row.bytes_received,
  };
}
