import type { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import { protocols, type Protocol } from '../stream/events/observation.ts';
import { createFilter } from './filter.ts';

/**
 * `new`: for the first ten minutes. `persistent`: contacted in at least three stretches of ten minutes over an hour or
 * more. `active`: neither.
 */
export const destinationStates = ['new', 'active', 'persistent'] as const;
export type DestinationState = (typeof destinationStates)[number];

/** Where one workload connects to, from the first contact to the last. */
export interface DestinationEntry {
  readonly cluster: string;
  readonly namespace: string;
  readonly workload: string;
  /** Registered domain, or a prefix where no name is known. */
  readonly name: string;
  /** The host and address that were contacted last. */
  readonly host: string;
  /** 0 over UDP: any of the ports that are given to clients. */
  readonly servicePort: number;
  readonly protocol: Protocol;
  readonly state: DestinationState;
  readonly firstMs: number;
  readonly lastMs: number;
  readonly contacts: number;
  readonly bytesSent: number;
  readonly bytesReceived: number;
}

export interface DestinationFilter {
  readonly namespace?: string;
  readonly workload?: string;
  /** Part of the name. */
  readonly name?: string;
  readonly state?: DestinationState;
  /** Of the last contact. */
  readonly sinceMs?: number;
  /** At most 10,000; 1,000 without. */
  readonly limit?: number;
}

export const newForMs = 10 * 60_000;
const persistentAfterMs = 3_600_000;
const persistentSlots = 3;
export const destinationLimits = { usual: 1_000, most: 10_000 } as const;

export const destinationRowSchema = z.object({
  cluster: z.string(),
  namespace: z.string(),
  workload: z.string(),
  name: z.string(),
  host: z.string(),
  service_port: z.number(),
  protocol: z.enum(protocols),
  state: z.enum(destinationStates),
  first_ms: z.number(),
  last_ms: z.number(),
  contacts: z.number(),
  bytes_sent: z.number(),
  bytes_received: z.number(),
});

/** `?`: who came later is new. */
export const destinationStateSql = `CASE
  WHEN last_ms - first_ms >= ${persistentAfterMs} AND slots >= ${persistentSlots} THEN 'persistent'
  WHEN first_ms > ? THEN 'new' ELSE 'active' END`;

/** By workload and name. `nowMs` tells which are still new. */
export function listDestinations(
  database: DatabaseSync,
  nowMs: number,
  filter: DestinationFilter = {},
): readonly DestinationEntry[] {
  const where = createFilter();
  where.addIf('namespace = ?', filter.namespace);
  where.addIf('workload = ?', filter.workload);
  where.addIf('instr(name, ?) > 0', filter.name);
  where.addIf('last_ms >= ?', filter.sinceMs);
  where.addIf('state = ?', filter.state);
  const rows = database
    .prepare(
      `SELECT * FROM (SELECT *, ${destinationStateSql} AS state FROM destinations) ${where.sql()}
       ORDER BY cluster, namespace, workload, name, service_port, protocol LIMIT ?`,
    )
    .all(
      nowMs - newForMs,
      ...where.values(),
      Math.min(filter.limit ?? destinationLimits.usual, destinationLimits.most),
    );
  return rows.map((row) => toDestinationEntry(destinationRowSchema.parse(row)));
}

export function toDestinationEntry(row: z.output<typeof destinationRowSchema>): DestinationEntry {
  const { cluster, namespace, workload, name, host, protocol, state, contacts } = row;
  return {
    cluster,
    namespace,
    workload,
    name,
    host,
    servicePort: row.service_port,
    protocol,
    state,
    firstMs: row.first_ms,
    lastMs: row.last_ms,
    contacts,
    bytesSent: row.bytes_sent,
    bytesReceived: row.bytes_received,
  };
}
