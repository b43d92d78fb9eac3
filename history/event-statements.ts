import type { Notification } from '../stream/events/notification.ts';
import type { Transition } from '../stream/events/transition.ts';
import type { HistoryWrite } from './history-write.ts';
import type { Dialect, Dialects, SqlStatement } from './sql-statement.ts';

export type EventWrite = Exclude<HistoryWrite, { kind: 'observation' | 'destination' }>;

const ended: ReadonlySet<Transition['state']> = new Set(['resolved', 'expired', 'cancelled']);

/** Of the notes of one alert, as JSON; what comes once it is reached is left out. */
const maxNotesLength = 20_000;

/**
 * What a write does in either database, one statement after the other. Each may be repeated: a row's identity comes from
 * its event.
 */
export function eventStatements(write: EventWrite, dialect: Dialect): readonly SqlStatement[] {
  switch (write.kind) {
    case 'transition':
      return [transitionRow(write.transition), alertRow(write.transition)];
    case 'acknowledgement':
      return [
        {
          sql: 'UPDATE alerts SET acknowledged_by = ?, acknowledged_at_ms = ? WHERE fingerprint = ? AND episode = ?',
          values: [write.by, write.atMs, write.fingerprint, write.episode],
        },
      ];
    case 'verdict':
      return [
        {
          sql: 'UPDATE alerts SET verdict = ?, verdict_by = ?, verdict_at_ms = ? WHERE fingerprint = ? AND episode = ?',
          values: [write.verdict, write.by, write.atMs, write.fingerprint, write.episode],
        },
      ];
    case 'note': {
      const { annotations, fingerprint, episode } = write.note;
      const values = [JSON.stringify(annotations), fingerprint, episode, maxNotesLength];
      return [{ sql: note[dialect], values }];
    }
    case 'audit': {
      const { id, atMs, audit } = write;
      const values = [id, atMs, audit.by, audit.action, JSON.stringify(audit)];
      return [{ sql: insertNew('audit', 5), values }];
    }
    case 'notification':
      return notificationRows(write.notification);
    case 'capture-request': {
      const { request } = write;
      return [captureRow(request, request.requested_at_ms, 'requested', { request }, dialect)];
    }
    case 'capture': {
      const { capture, atMs } = write;
      return [captureRow(capture, atMs, capture.phase, { capture }, dialect)];
    }
    case 'dead-letter': {
      const { id, atMs, letter } = write;
      return [
        { sql: insertNew('dead_letters', 4), values: [id, atMs, letter.stage, JSON.stringify(letter)] },
      ];
    }
  }
}

const insertNew = (table: string, columns: number): string =>
  `INSERT INTO ${table} VALUES (${Array(columns).fill('?').join(', ')}) ON CONFLICT DO NOTHING`;

const note: Dialects = {
  sqlite:
    'UPDATE alerts SET notes = json_patch(notes, ?) WHERE fingerprint = ? AND episode = ? AND length(notes) < ?',
  postgres:
    'UPDATE alerts SET notes = notes || ? WHERE fingerprint = ? AND episode = ? AND length(notes::text) < ?',
};

function transitionRow(transition: Transition): SqlStatement {
  const { fingerprint, episode, seq, at_ms, update } = transition;
  const values = [fingerprint, episode, seq, at_ms, update ? 1 : 0, JSON.stringify(transition)];
  return { sql: insertNew('transitions', 6), values };
}

/** A pending alert has a level too, but only one that fired has reached it; the higher of two stays. */
const alertSql = `INSERT INTO alerts (fingerprint, episode, last_seq, rule_id, state, peak_level, namespace, workload, peer,
    started_at_ms, fired_at_ms, ended_at_ms, dry_run, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (fingerprint, episode) DO UPDATE SET last_seq = excluded.last_seq, state = excluded.state,
    peak_level = CASE WHEN excluded.peak_level IS NULL OR alerts.peak_level = 'page' THEN alerts.peak_level
      ELSE excluded.peak_level END,
    fired_at_ms = excluded.fired_at_ms, ended_at_ms = excluded.ended_at_ms, dry_run = excluded.dry_run,
    body = excluded.body
  WHERE excluded.last_seq > alerts.last_seq`;

function alertRow(transition: Transition): SqlStatement {
  const { fingerprint, episode, seq, rule_id, state, level, subject, peer, at_ms, dry_run } = transition;
  return {
    sql: alertSql,
    values: [
      fingerprint,
      episode,
      seq,
      rule_id,
      state,
      state === 'firing' ? level : null,
      subject.namespace,
      subject.workload,
      peer?.name ?? null,
      transition.started_at_ms,
      transition.fired_at_ms,
      ended.has(state) ? at_ms : null,
      dry_run ? 1 : 0,
      JSON.stringify(transition),
    ],
  };
}

function notificationRows(notification: Notification): readonly SqlStatement[] {
  const { id, at_ms, receiver, phase, alerts } = notification;
  return [
    {
      sql: `INSERT INTO notifications VALUES (?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET
        at_ms = excluded.at_ms, receiver = excluded.receiver, phase = excluded.phase, body = excluded.body`,
      values: [id, at_ms, receiver, phase, JSON.stringify(notification)],
    },
    ...alerts.map(({ fingerprint, episode }) => ({
      sql: insertNew('notification_alerts', 3),
      values: [id, fingerprint, episode],
    })),
  ];
}

/** The request and what became of it are halves of one row; a repeated request does not undo an answer. */
const capture: Dialects = {
  sqlite: `INSERT INTO captures VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET phase = excluded.phase,
    body = json_set(captures.body, '$.capture', json_extract(excluded.body, '$.capture'))`,
  postgres: `INSERT INTO captures VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET phase = excluded.phase,
    body = captures.body || excluded.body`,
};

interface CaptureHalf {
  readonly id: string;
  readonly alert?: { readonly fingerprint: string; readonly episode: number } | null;
}

function captureRow(
  { id, alert }: CaptureHalf,
  atMs: number,
  phase: string,
  body: object,
  dialect: Dialect,
): SqlStatement {
  const of = [alert?.fingerprint ?? null, alert?.episode ?? null];
  const sql = phase === 'requested' ? insertNew('captures', 6) : capture[dialect];
  return { sql, values: [id, atMs, ...of, phase, JSON.stringify(body)] };
}
