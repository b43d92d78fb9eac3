import type { ClientBase } from 'pg';
import type { Notification } from '../../stream/events/notification.ts';
import { levels, type Level, type Transition } from '../../stream/events/transition.ts';
import type { EventWrite } from '../event-writer.ts';

const ended: ReadonlySet<Transition['state']> = new Set(['resolved', 'expired', 'cancelled']);
const maxNotesLength = 20_000;

/** Writes one event's row; every write may be repeated. As `EventWriter` does in SQLite. */
export async function writeEvent(client: ClientBase, write: EventWrite): Promise<void> {
  switch (write.kind) {
    case 'transition':
      return writeTransition(client, write.transition);
    case 'acknowledgement':
      await client.query(
        'UPDATE alerts SET acknowledged_by = $1, acknowledged_at_ms = $2 WHERE fingerprint = $3 AND episode = $4',
        [write.by, write.atMs, write.fingerprint, write.episode],
      );
      return;
    case 'verdict':
      await client.query(
        `UPDATE alerts SET verdict = $1, verdict_by = $2, verdict_at_ms = $3
         WHERE fingerprint = $4 AND episode = $5`,
        [write.verdict, write.by, write.atMs, write.fingerprint, write.episode],
      );
      return;
    case 'note': {
      const { annotations, fingerprint, episode } = write.note;
      await client.query(
        `UPDATE alerts SET notes = notes || $1 WHERE fingerprint = $2 AND episode = $3
         AND length(notes::text) < $4`,
        [JSON.stringify(annotations), fingerprint, episode, maxNotesLength],
      );
      return;
    }
    case 'audit':
      await client.query('INSERT INTO audit VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING', [
        write.id,
        write.atMs,
        write.audit.by,
        write.audit.action,
        JSON.stringify(write.audit),
      ]);
      return;
    case 'notification':
      return writeNotification(client, write.notification);
    case 'capture-request': {
      const { id, alert, requested_at_ms } = write.request;
      await writeCapture(client, [id, requested_at_ms, alert, 'requested', { request: write.request }]);
      return;
    }
    case 'capture': {
      const { id, alert, phase } = write.capture;
      await writeCapture(client, [id, write.atMs, alert, phase, { capture: write.capture }]);
      return;
    }
    case 'dead-letter':
      await client.query('INSERT INTO dead_letters VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING', [
        write.id,
        write.atMs,
        write.letter.stage,
        JSON.stringify(write.letter),
      ]);
  }
}

async function writeTransition(client: ClientBase, transition: Transition): Promise<void> {
  const { fingerprint, episode, seq, at_ms, state, subject } = transition;
  const body = JSON.stringify(transition);
  await client.query('INSERT INTO transitions VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING', [
    fingerprint,
    episode,
    seq,
    at_ms,
    transition.update === true,
    body,
  ]);
  await client.query(
    `INSERT INTO alerts (fingerprint, episode, last_seq, rule_id, state, peak_level, namespace, workload, peer,
       started_at_ms, fired_at_ms, ended_at_ms, dry_run, body)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
     ON CONFLICT (fingerprint, episode) DO UPDATE SET last_seq = excluded.last_seq, state = excluded.state,
       peak_level = excluded.peak_level, fired_at_ms = excluded.fired_at_ms, ended_at_ms = excluded.ended_at_ms,
       dry_run = excluded.dry_run, body = excluded.body
     WHERE excluded.last_seq > alerts.last_seq`,
    [
      fingerprint,
      episode,
      seq,
      transition.rule_id,
      state,
      await peakLevel(client, transition),
      subject.namespace,
      subject.workload,
      transition.peer?.name ?? null,
      transition.started_at_ms,
      transition.fired_at_ms,
      ended.has(state) ? at_ms : null,
      transition.dry_run === true,
      body,
    ],
  );
}

/** A pending alert has a level too, but only one that fired has reached it. */
async function peakLevel(
  client: ClientBase,
  { fingerprint, episode, state, level }: Transition,
): Promise<Level | null> {
  const { rows } = await client.query<{ peak_level: Level | null }>(
    'SELECT peak_level FROM alerts WHERE fingerprint = $1 AND episode = $2',
    [fingerprint, episode],
  );
  const before = rows[0]?.peak_level ?? null;
  if (state !== 'firing' || level === null) return before;
  return before !== null && levels.indexOf(before) > levels.indexOf(level) ? before : level;
}

async function writeNotification(client: ClientBase, notification: Notification): Promise<void> {
  const { id, at_ms, receiver, phase } = notification;
  await client.query(
    `INSERT INTO notifications VALUES ($1, $2, $3, $4, $5) ON CONFLICT (id) DO UPDATE SET
       at_ms = excluded.at_ms, receiver = excluded.receiver, phase = excluded.phase, body = excluded.body`,
    [id, at_ms, receiver, phase, JSON.stringify(notification)],
  );
  for (const { fingerprint, episode } of notification.alerts)
    await client.query('INSERT INTO notification_alerts VALUES ($1, $2, $3) ON CONFLICT DO NOTHING', [
      id,
      fingerprint,
      episode,
    ]);
}

type CaptureRow = readonly [
  id: string,
  atMs: number,
  alert: { readonly fingerprint: string; readonly episode: number } | null | undefined,
  phase: string,
  body: Readonly<Record<string, unknown>>,
];

/** The request and what became of it are halves of one row; a repeated request does not undo an answer. */
async function writeCapture(client: ClientBase, [id, atMs, alert, phase, body]: CaptureRow): Promise<void> {
  await client.query(
    `INSERT INTO captures VALUES ($1, $2, $3, $4, $5, $6)
     ON CONFLICT (id) DO UPDATE SET body = captures.body || excluded.body,
       phase = CASE WHEN excluded.phase = 'requested' THEN captures.phase ELSE excluded.phase END`,
    [id, atMs, alert?.fingerprint ?? null, alert?.episode ?? null, phase, JSON.stringify(body)],
  );
}
