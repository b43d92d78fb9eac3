import { notificationSchema } from '../../stream/events/notification.ts';
import { transitionSchema } from '../../stream/events/transition.ts';
import { addConditions, addEpisodes, addReference } from '../alert-conditions.ts';
import { parseAlertReference } from '../alert-id.ts';
import { alertRowSchema, type AlertEntry, type AlertFilter, type AlertLookup } from '../alert-queries.ts';
import { captureRowSchema } from '../capture-queries.ts';
import { createFilter, type Filter } from '../filter.ts';
import {
  type AlertPage,
  type AlertSearch,
  maxPage,
  maxWords,
  parseCursor,
  toPage,
  wordPattern,
} from '../search-alerts.ts';
import { type Queryable, rowsOf } from './postgres-database.ts';

/** Latest start first. */
export async function listAlerts(
  database: Queryable,
  filter: AlertFilter = {},
): Promise<readonly AlertEntry[]> {
  const { limit = 100, ...search } = filter;
  const where = createFilter();
  addConditions(where, search);
  const rows = await rowsOf(database, {
    sql: `SELECT * FROM alerts ${where.sql()} ORDER BY started_at_ms DESC, fingerprint, episode DESC LIMIT ?`,
    values: [...where.values(), Math.min(limit, 1000)],
  });
  return rows.map((row) => alertRowSchema.parse(row));
}

/** Latest start first; with words in the order in which they were recorded, as from SQLite. */
export async function searchAlerts(database: Queryable, search: AlertSearch = {}): Promise<AlertPage> {
  const where = createFilter();
  const words = addWords(where, search.text?.trim() ?? '');
  addConditions(where, search);
  const limit = Math.min(Math.max(search.limit ?? 50, 1), maxPage);
  const [startedAtMs, rowid] = parseCursor(search.cursor);
  if (startedAtMs !== undefined && rowid !== undefined) {
    if (words) where.add('alerts.rowid < ?', rowid);
    else where.add('(alerts.started_at_ms, alerts.rowid) < (?, ?)', startedAtMs, rowid);
  }
  const order = words ? 'alerts.rowid DESC' : 'alerts.started_at_ms DESC, alerts.rowid DESC';
  const rows = await rowsOf(database, {
    sql: `SELECT alerts.rowid AS row, alerts.* FROM alerts ${where.sql()} ORDER BY ${order} LIMIT ?`,
    values: [...where.values(), limit + 1],
  });
  return toPage(rows, limit);
}

/** true: words were added. A single letter is a word by itself, more are the beginning of one. */
function addWords(where: Filter, text: string): boolean {
  if (addReference(where, text)) return false;
  const words = (text.match(wordPattern) ?? []).slice(0, maxWords);
  if (words.length === 0) return false;
  const beginnings = words.map((word) => (word.length === 1 ? `'${word}'` : `'${word}':*`));
  where.add("alerts.words @@ to_tsquery('simple', ?)", beginnings.join(' & '));
  return true;
}

export async function getAlert(database: Queryable, reference: string): Promise<AlertLookup> {
  const candidates = await findEpisodes(database, reference);
  const [alert] = candidates;
  if (alert === undefined) return { kind: 'none' };
  if (new Set(candidates.map(({ fingerprint }) => fingerprint)).size > 1)
    return { kind: 'ambiguous', ids: candidates.map(({ id }) => id) };
  const values = [alert.fingerprint, alert.episode];
  // One after the other: it is a single connection.
  const transitions = await rowsOf(database, {
    sql: 'SELECT body FROM transitions WHERE fingerprint = ? AND episode = ? ORDER BY seq',
    values,
  });
  const notifications = await rowsOf(database, {
    sql: `SELECT n.body AS body FROM notification_alerts a JOIN notifications n ON n.id = a.notification_id
      WHERE a.fingerprint = ? AND a.episode = ? ORDER BY n.at_ms, n.id`,
    values,
  });
  const captures = await rowsOf(database, {
    sql: 'SELECT id, at_ms, body FROM captures WHERE fingerprint = ? AND episode = ? ORDER BY at_ms, id',
    values,
  });
  return {
    kind: 'found',
    detail: {
      alert,
      transitions: transitions.map(({ body }) => transitionSchema.parse(JSON.parse(String(body)))),
      notifications: notifications.map(({ body }) => notificationSchema.parse(JSON.parse(String(body)))),
      captures: captures.map((row) => captureRowSchema.parse(row)),
    },
  };
}

/** Of each fingerprint the episode that was asked for, or its latest. */
async function findEpisodes(database: Queryable, reference: string): Promise<readonly AlertEntry[]> {
  const asked = parseAlertReference(reference);
  if (asked.fingerprintPrefix === '') return [];
  const where = createFilter();
  addEpisodes(where, asked);
  const rows = await rowsOf(database, {
    sql: `SELECT DISTINCT ON (fingerprint) * FROM alerts ${where.sql()} ORDER BY fingerprint, episode DESC LIMIT 20`,
    values: where.values(),
  });
  return rows.map((row) => alertRowSchema.parse(row));
}
