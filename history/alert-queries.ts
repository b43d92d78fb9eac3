import type { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import { verdicts, type Verdict } from '../stream/events/control.ts';
import { notificationSchema, type Notification } from '../stream/events/notification.ts';
import {
  alertStates,
  levels,
  transitionSchema,
  type AlertState,
  type Level,
  type Transition,
} from '../stream/events/transition.ts';
import { addConditions, addEpisodes } from './alert-conditions.ts';
import { alertId, parseAlertReference } from './alert-id.ts';
import { capturesOfAlert, type CaptureEntry } from './capture-queries.ts';
import { createFilter } from './filter.ts';

/** One episode as its last transition left it. */
export interface AlertEntry {
  /** For people: `3f9a1c02-4`. */
  readonly id: string;
  readonly fingerprint: string;
  readonly episode: number;
  readonly state: AlertState;
  /** The highest level that it fired at; null: it never fired. */
  readonly peakLevel: Level | null;
  readonly startedAtMs: number;
  readonly firedAtMs: number | null;
  readonly endedAtMs: number | null;
  readonly acknowledgedBy: string | null;
  readonly acknowledgedAtMs: number | null;
  /** What a person said of it; null: nothing. */
  readonly verdict: Verdict | null;
  readonly verdictBy: string | null;
  /** What functions and people noted, by name. */
  readonly notes: Readonly<Record<string, string>>;
  readonly last: Transition;
}

export interface AlertDetail {
  readonly alert: AlertEntry;
  readonly transitions: readonly Transition[];
  readonly notifications: readonly Notification[];
  readonly captures: readonly CaptureEntry[];
}

export interface AlertFilter {
  /** `open`: pending or firing. Without: all states but `cancelled`. */
  readonly state?: AlertState | 'open' | 'all';
  readonly ruleId?: string;
  readonly namespace?: string;
  readonly workload?: string;
  /** Of the start. */
  readonly sinceMs?: number;
  readonly untilMs?: number;
  /** At most 1,000; 100 without. */
  readonly limit?: number;
}

export type AlertLookup =
  | { readonly kind: 'found'; readonly detail: AlertDetail }
  | { readonly kind: 'none' }
  /** Several alerts begin with that prefix. */
  | { readonly kind: 'ambiguous'; readonly ids: readonly string[] };

const notesSchema = z.record(z.string(), z.string());

/** A row of `alerts` → the episode. */
export const alertRowSchema = z
  .object({
    fingerprint: z.string(),
    episode: z.number(),
    state: z.enum(alertStates),
    peak_level: z.enum(levels).nullable(),
    started_at_ms: z.number(),
    fired_at_ms: z.number().nullable(),
    ended_at_ms: z.number().nullable(),
    acknowledged_by: z.string().nullable(),
    acknowledged_at_ms: z.number().nullable(),
    verdict: z.enum(verdicts).nullable(),
    verdict_by: z.string().nullable(),
    notes: z.string(),
    body: z.string(),
  })
  .transform((row): AlertEntry => ({
    id: alertId(row.fingerprint, row.episode),
    fingerprint: row.fingerprint,
    episode: row.episode,
    state: row.state,
    peakLevel: row.peak_level,
    startedAtMs: row.started_at_ms,
    firedAtMs: row.fired_at_ms,
    endedAtMs: row.ended_at_ms,
    acknowledgedBy: row.acknowledged_by,
    acknowledgedAtMs: row.acknowledged_at_ms,
    verdict: row.verdict,
    verdictBy: row.verdict_by,
    notes: notesSchema.parse(JSON.parse(row.notes)),
    last: transitionSchema.parse(JSON.parse(row.body)),
  }));

/** Latest start first. */
export function listAlerts(database: DatabaseSync, filter: AlertFilter = {}): readonly AlertEntry[] {
  const { limit = 100, ...search } = filter;
  const where = createFilter();
  addConditions(where, search);
  return database
    .prepare(
      `SELECT * FROM alerts ${where.sql()} ORDER BY started_at_ms DESC, fingerprint, episode DESC LIMIT ?`,
    )
    .all(...where.values(), Math.min(limit, 1000))
    .map((row) => alertRowSchema.parse(row));
}

/** `reference`: a fingerprint or a prefix of it, with `-episode` or the latest one. */
export function getAlert(database: DatabaseSync, reference: string): AlertLookup {
  const candidates = findEpisodes(database, reference);
  const fingerprints = new Set(candidates.map(({ fingerprint }) => fingerprint));
  const [alert] = candidates;
  if (alert === undefined) return { kind: 'none' };
  if (fingerprints.size > 1) return { kind: 'ambiguous', ids: candidates.map(({ id }) => id) };
  const { fingerprint, episode } = alert;
  return {
    kind: 'found',
    detail: {
      alert,
      transitions: transitionsOf(database, fingerprint, episode),
      notifications: notificationsOf(database, fingerprint, episode),
      captures: capturesOfAlert(database, fingerprint, episode),
    },
  };
}

/** Latest episode first; at most one of each of two fingerprints is needed to see that a prefix is ambiguous. */
function findEpisodes(database: DatabaseSync, reference: string): readonly AlertEntry[] {
  const asked = parseAlertReference(reference);
  if (asked.fingerprintPrefix === '') return [];
  const where = createFilter();
  addEpisodes(where, asked);
  if (asked.episode === null)
    where.add('episode = (SELECT MAX(episode) FROM alerts a WHERE a.fingerprint = alerts.fingerprint)');
  return database
    .prepare(`SELECT * FROM alerts ${where.sql()} ORDER BY fingerprint LIMIT 20`)
    .all(...where.values())
    .map((row) => alertRowSchema.parse(row));
}

function transitionsOf(database: DatabaseSync, fingerprint: string, episode: number): readonly Transition[] {
  return database
    .prepare('SELECT body FROM transitions WHERE fingerprint = ? AND episode = ? ORDER BY seq')
    .all(fingerprint, episode)
    .map((row) => transitionSchema.parse(JSON.parse(String(row['body']))));
}

function notificationsOf(
  database: DatabaseSync,
  fingerprint: string,
  episode: number,
): readonly Notification[] {
  return database
    .prepare(
      `SELECT n.body AS body FROM notification_alerts a JOIN notifications n ON n.id = a.notification_id
       WHERE a.fingerprint = ? AND a.episode = ? ORDER BY n.at_ms, n.id`,
    )
    .all(fingerprint, episode)
    .map((row) => notificationSchema.parse(JSON.parse(String(row['body']))));
}
