import type { DatabaseSync } from 'node:sqlite';
import {
  listDestinations as list,
  type DestinationEntry,
  type DestinationFilter,
  type DestinationState,
} from '../../history/destination-queries.ts';

export interface DestinationQuestion {
  readonly nowMs: number;
  readonly name?: string | undefined;
  readonly namespace?: string | undefined;
  readonly workload?: string | undefined;
  readonly state?: DestinationState | undefined;
  readonly sinceMs?: number | undefined;
  readonly limit: number;
}

export function listDestinations(
  database: DatabaseSync,
  question: DestinationQuestion,
): readonly DestinationEntry[] {
  return list(database, question.nowMs, filterOf(question));
}

export function filterOf(question: DestinationQuestion): DestinationFilter {
  const { name, namespace, workload, state, sinceMs, limit } = question;
  return {
    limit,
    ...(name !== undefined && { name }),
    ...(namespace !== undefined && { namespace }),
    ...(workload !== undefined && { workload }),
    ...(state !== undefined && { state }),
    ...(sinceMs !== undefined && { sinceMs }),
  };
}
