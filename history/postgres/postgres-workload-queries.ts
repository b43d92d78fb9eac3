import { createFilter } from '../filter.ts';
import { type Queryable, rowsOf } from './postgres-database.ts';

export interface WorkloadQuestion {
  readonly namespace?: string | undefined;
  /** Only in these. */
  readonly namespaces?: readonly string[] | undefined;
  /** `deployment/checkout`, or only `checkout`. */
  readonly workload?: string | undefined;
  /** Of the workload; its name begins with that of the workload. */
  readonly pod?: string | undefined;
  /** Those that talked to it go first. */
  readonly peer: string;
  readonly limit: number;
}

export interface WorkloadName {
  readonly cluster: string;
  readonly namespace: string;
  readonly workload: string;
}

/** Workloads with observations that may be the one that a person means. */
export async function findWorkloads(
  database: Queryable,
  { namespace, namespaces, workload, pod, peer, limit }: WorkloadQuestion,
): Promise<readonly WorkloadName[]> {
  const where = createFilter();
  where.addIf('namespace = ?', namespace);
  if (namespaces !== undefined)
    where.add(`namespace IN (NULL${', ?'.repeat(namespaces.length)})`, ...namespaces);
  if (workload !== undefined)
    where.add("(workload = ? OR split_part(workload, '/', 2) = ?)", workload, workload);
  where.addIf("starts_with(?, split_part(workload, '/', 2))", pod);
  const rows = await rowsOf(database, {
    sql: `SELECT body ->> 'cluster' AS cluster, namespace, workload FROM observation_series ${where.sql()}
      GROUP BY 1, 2, 3
      ORDER BY bool_or(body ->> 'peer' = ? OR split_part(body ->> 'peer', '/', 2) = ?) DESC, 1, 2, 3 LIMIT ?`,
    values: [...where.values(), peer, peer, limit],
  });
  return rows.map((row) => ({
    cluster: String(row['cluster']),
    namespace: String(row['namespace']),
    workload: String(row['workload']),
  }));
}
