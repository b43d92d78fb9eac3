import { existsSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import type { RuleFigures } from '../stream/events/digest.ts';
import type { Notification } from '../stream/events/notification.ts';
import { openDatabaseReadOnly } from '../stream/embedded/database.ts';
import { LogError } from '../stream/embedded/log-error.ts';
import { schemaVersion } from '../stream/embedded/migrate.ts';
import {
  getAlert,
  listAlerts,
  type AlertEntry,
  type AlertFilter,
  type AlertLookup,
} from './alert-queries.ts';
import { getCapture, listCaptures, type CaptureEntry, type CaptureFilter } from './capture-queries.ts';
import { listDestinations, type DestinationEntry, type DestinationFilter } from './destination-queries.ts';
import {
  listDeadLetters,
  listNotifications,
  type DeadLetterEntry,
  type EventFilter,
} from './event-queries.ts';
import { figuresByRule } from './digest-queries.ts';
import { historyMigrations } from './history-schema.ts';
import { listObservations, type ObservationFilter, type ObservationPoint } from './observation-queries.ts';

/** What can be asked of the past. */
export interface HistoryReader {
  listAlerts(filter?: AlertFilter): readonly AlertEntry[];
  getAlert(reference: string): AlertLookup;
  listCaptures(filter?: CaptureFilter): readonly CaptureEntry[];
  getCapture(idPrefix: string): CaptureEntry | undefined;
  listNotifications(filter?: EventFilter & { readonly receiver?: string }): readonly Notification[];
  listDeadLetters(filter?: EventFilter & { readonly stage?: string }): readonly DeadLetterEntry[];
  /** Of alerts that began within the time. */
  figuresByRule(range: { readonly sinceMs: number; readonly untilMs: number }): readonly RuleFigures[];
  listObservations(filter: ObservationFilter): readonly ObservationPoint[];
  /** `nowMs` tells which are still new. */
  listDestinations(nowMs: number, filter?: DestinationFilter): readonly DestinationEntry[];
}

export function createHistoryReader(database: DatabaseSync): HistoryReader {
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

/** Opens the file of a Saccade that may be running, for reading only. Throws a LogError. */
export function openHistoryReader(path: string): HistoryReader & Disposable {
  if (!existsSync(path)) throw new LogError('LOG_CANNOT_OPEN', `opening ${path}: there is no history yet`);
  const database = openDatabaseReadOnly(path);
  try {
    const version = schemaVersion(database, 'history');
    if (version > historyMigrations.length) throw new LogError('LOG_SCHEMA_NEWER', `opening ${path}`);
    if (version < historyMigrations.length)
      throw new LogError(
        'LOG_CANNOT_OPEN',
        `opening ${path}: start Saccade once to bring its history up to date`,
      );
  } catch (error) {
    database.close();
    throw error;
  }
  return { ...createHistoryReader(database), [Symbol.dispose]: () => database.close() };
}
