import type { HistoryReader } from '../history-reader.ts';
import { getAlert, listAlerts } from './postgres-alert-queries.ts';
import type { Queryable } from './postgres-database.ts';
import {
  getCapture,
  listCaptures,
  listDeadLetters,
  listDestinations,
  listNotifications,
} from './postgres-event-queries.ts';
import { listObservations } from './postgres-observation-queries.ts';
import { figuresByRule } from './postgres-statistics.ts';

/** What can be asked of the past in PostgreSQL; the answers are those of `HistoryReader`. Any number may read. */
export type PostgresHistoryReader = {
  readonly [Name in keyof HistoryReader]: (
    ...question: Parameters<HistoryReader[Name]>
  ) => Promise<ReturnType<HistoryReader[Name]>>;
};

/** The connection's rows must be of `rowTypes`. */
export function createPostgresReader(database: Queryable): PostgresHistoryReader {
  return {
    listAlerts: (filter) => listAlerts(database, filter),
    getAlert: (reference) => getAlert(database, reference),
    listCaptures: (filter) => listCaptures(database, filter),
    getCapture: (idPrefix) => getCapture(database, idPrefix),
    listNotifications: (filter) => listNotifications(database, filter),
    listDeadLetters: (filter) => listDeadLetters(database, filter),
    figuresByRule: (range) => figuresByRule(database, range),
    listObservations: (filter) => listObservations(database, filter),
    listDestinations: (nowMs, filter) => listDestinations(database, nowMs, filter),
  };
}
