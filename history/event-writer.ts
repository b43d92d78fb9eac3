import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Notification } from '../stream/events/notification.ts';
import { levels, type Level, type Transition } from '../stream/events/transition.ts';
import type { HistoryWrite } from './history-write.ts';

export type EventWrite = Exclude<HistoryWrite, { kind: 'observation' | 'destination' }>;

const ended: ReadonlySet<Transition['state']> = new Set(['resolved', 'expired', 'cancelled']);

/** Of the notes of one alert, as JSON; what comes once it is reached is left out. */
const maxNotesLength = 20_000;

/** Writes alerts, transitions, notifications, captures and dead letters; every write may be repeated. */
export class EventWriter {
  readonly #transition: StatementSync;
  readonly #alert: StatementSync;
  readonly #peak: StatementSync;
  readonly #acknowledge: StatementSync;
  readonly #verdict: StatementSync;
  readonly #note: StatementSync;
  readonly #audit: StatementSync;
  readonly #notification: StatementSync;
  readonly #notificationAlert: StatementSync;
  readonly #request: StatementSync;
  readonly #capture: StatementSync;
  readonly #deadLetter: StatementSync;

  constructor(database: DatabaseSync) {
    this.#transition = database.prepare(
      'INSERT INTO transitions VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING',
    );
    this.#peak = database.prepare('SELECT peak_level FROM alerts WHERE fingerprint = ? AND episode = ?');
    this.#alert = database.prepare(
      `INSERT INTO alerts (fingerprint, episode, last_seq, rule_id, state, peak_level, namespace, workload, peer,
         started_at_ms, fired_at_ms, ended_at_ms, dry_run, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (fingerprint, episode) DO UPDATE SET last_seq = excluded.last_seq, state = excluded.state,
         peak_level = excluded.peak_level, fired_at_ms = excluded.fired_at_ms, ended_at_ms = excluded.ended_at_ms,
         dry_run = excluded.dry_run, body = excluded.body
       WHERE excluded.last_seq > alerts.last_seq`,
    );
    this.#acknowledge = database.prepare(
      'UPDATE alerts SET acknowledged_by = ?, acknowledged_at_ms = ? WHERE fingerprint = ? AND episode = ?',
    );
    this.#verdict = database.prepare(
      'UPDATE alerts SET verdict = ?, verdict_by = ?, verdict_at_ms = ? WHERE fingerprint = ? AND episode = ?',
    );
    this.#note = database.prepare(
      'UPDATE alerts SET notes = json_patch(notes, ?) WHERE fingerprint = ? AND episode = ? AND length(notes) < ?',
    );
    this.#audit = database.prepare('INSERT INTO audit VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING');
    this.#notification = database.prepare(
      `INSERT INTO notifications VALUES (?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET
         at_ms = excluded.at_ms, receiver = excluded.receiver, phase = excluded.phase, body = excluded.body`,
    );
    this.#notificationAlert = database.prepare(
      'INSERT INTO notification_alerts VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
    );
    this.#request = database.prepare('INSERT INTO captures VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING');
    this.#capture = database.prepare(
      `INSERT INTO captures VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT (id) DO UPDATE SET phase = excluded.phase,
         body = json_set(captures.body, '$.capture', json_extract(excluded.body, '$.capture'))`,
    );
    this.#deadLetter = database.prepare(
      'INSERT INTO dead_letters VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING',
    );
  }

  write(write: EventWrite): void {
    switch (write.kind) {
      case 'transition':
        return this.#writeTransition(write.transition);
      case 'acknowledgement':
        this.#acknowledge.run(write.by, write.atMs, write.fingerprint, write.episode);
        return;
      case 'verdict':
        this.#verdict.run(write.verdict, write.by, write.atMs, write.fingerprint, write.episode);
        return;
      case 'note': {
        const { annotations, fingerprint, episode } = write.note;
        this.#note.run(JSON.stringify(annotations), fingerprint, episode, maxNotesLength);
        return;
      }
      case 'audit': {
        const { id, atMs, audit } = write;
        this.#audit.run(id, atMs, audit.by, audit.action, JSON.stringify(audit));
        return;
      }
      case 'notification':
        return this.#writeNotification(write.notification);
      case 'capture-request': {
        const { id, alert, requested_at_ms } = write.request;
        const body = JSON.stringify({ request: write.request });
        this.#request.run(
          id,
          requested_at_ms,
          alert?.fingerprint ?? null,
          alert?.episode ?? null,
          'requested',
          body,
        );
        return;
      }
      case 'capture': {
        const { id, alert, phase } = write.capture;
        const body = JSON.stringify({ capture: write.capture });
        this.#capture.run(id, write.atMs, alert?.fingerprint ?? null, alert?.episode ?? null, phase, body);
        return;
      }
      case 'dead-letter':
        this.#deadLetter.run(write.id, write.atMs, write.letter.stage, JSON.stringify(write.letter));
    }
  }

  #writeTransition(transition: Transition): void {
    const { fingerprint, episode, seq, at_ms, state, subject } = transition;
    const body = JSON.stringify(transition);
    this.#transition.run(fingerprint, episode, seq, at_ms, transition.update ? 1 : 0, body);
    this.#alert.run(
      fingerprint,
      episode,
      seq,
      transition.rule_id,
      state,
      this.#peakLevel(transition),
      subject.namespace,
      subject.workload,
      transition.peer?.name ?? null,
      transition.started_at_ms,
      transition.fired_at_ms,
      ended.has(state) ? at_ms : null,
      transition.dry_run ? 1 : 0,
      body,
    );
  }

  /** A pending alert has a level too, but only one that fired has reached it. */
  #peakLevel({ fingerprint, episode, state, level }: Transition): Level | null {
    const before = (this.#peak.get(fingerprint, episode)?.['peak_level'] ?? null) as Level | null;
    if (state !== 'firing' || level === null) return before;
    return before !== null && levels.indexOf(before) > levels.indexOf(level) ? before : level;
  }

  #writeNotification(notification: Notification): void {
    const { id, at_ms, receiver, phase } = notification;
    this.#notification.run(id, at_ms, receiver, phase, JSON.stringify(notification));
    for (const { fingerprint, episode } of notification.alerts)
      this.#notificationAlert.run(id, fingerprint, episode);
  }
}
