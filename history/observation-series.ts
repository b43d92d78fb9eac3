import type { DatabaseSync } from 'node:sqlite';
import type { Role } from '../stream/events/observation.ts';
import { createFilter, type Filter } from './filter.ts';
import type { SeriesIdentity } from './history-write.ts';

export interface SeriesFilter {
  readonly signal?: string | undefined;
  readonly namespace?: string | undefined;
  readonly workload?: string | undefined;
  readonly peer?: string | undefined;
  readonly peerKind?: string | undefined;
  readonly role?: Role | undefined;
  readonly servicePort?: number | undefined;
}

export interface StoredSeries {
  readonly id: number;
  readonly series: SeriesIdentity;
}

/** All that fit; their number is bounded by the history's limit of series. */
export function findSeries(database: DatabaseSync, filter: SeriesFilter): readonly StoredSeries[] {
  const where = createFilter();
  addSeriesConditions(where, filter, (name) => `json_extract(body, '$.${name}')`);
  return database
    .prepare(`SELECT id, body FROM observation_series ${where.sql()} ORDER BY identity`)
    .all(...where.values())
    .map(toStoredSeries);
}

/** `member`: SQL for what the body holds under a name. */
export function addSeriesConditions(
  where: Filter,
  filter: SeriesFilter,
  member: (name: 'peer' | 'peer_kind' | 'role' | 'service_port') => string,
): void {
  where.addIf('signal = ?', filter.signal);
  where.addIf('namespace = ?', filter.namespace);
  where.addIf('workload = ?', filter.workload);
  where.addIf(`${member('peer')} = ?`, filter.peer);
  where.addIf(`${member('peer_kind')} = ?`, filter.peerKind);
  where.addIf(`${member('role')} = ?`, filter.role);
  where.addIf(`${member('service_port')} = ?`, filter.servicePort);
}

export function toStoredSeries({ id, body }: Readonly<Record<string, unknown>>): StoredSeries {
  return { id: Number(id), series: JSON.parse(String(body)) as SeriesIdentity };
}
