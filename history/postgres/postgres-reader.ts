import type { ClientBase, Pool } from 'pg';
import { notificationSchema, type Notification } from '../../stream/events/notification.ts';
import { transitionSchema } from '../../stream/events/transition.ts';
import { parseAlertReference } from '../alert-id.ts';
import { alertRowSchema, type AlertEntry, type AlertFilter, type AlertLookup } from '../alert-queries.ts';
import { captureRowSchema, type CaptureEntry } from '../capture-queries.ts';

/** What can be asked of the past in PostgreSQL; the answers are those of `HistoryReader`. Any number may read. */
export interface PostgresHistoryReader {
  listAlerts(filter?: AlertFilter): Promise<readonly AlertEntry[]>;
  getAlert(reference: string): Promise<AlertLookup>;
  listCaptures(limit?: number): Promise<readonly CaptureEntry[]>;
  listNotifications(limit?: number): Promise<readonly Notification[]>;
}

const maxRows = 1_000;
const defaultRows = 100;
type Queryable = Pick<ClientBase | Pool, 'query'>;
type Row = Readonly<Record<string, unknown>>;

export function createPostgresReader(database: Queryable): PostgresHistoryReader {
  const all = async (text: string, values: readonly unknown[]): Promise<readonly Row[]> =>
    (await database.query<Row>(text, [...values])).rows;
  return {
    listAlerts: (filter = {}) => listAlerts(all, filter),
    getAlert: (reference) => getAlert(all, reference),
    listCaptures: async (limit = defaultRows) =>
      (await all('SELECT * FROM captures ORDER BY at_ms DESC, id LIMIT $1', [Math.min(limit, maxRows)])).map(
        toCapture,
      ),
    listNotifications: async (limit = defaultRows) =>
      (
        await all('SELECT body FROM notifications ORDER BY at_ms DESC, id LIMIT $1', [
          Math.min(limit, maxRows),
        ])
      ).map(({ body }) => notificationSchema.parse(body)),
  };
}

type All = (text: string, values: readonly unknown[]) => Promise<readonly Row[]>;

async function listAlerts(all: All, filter: AlertFilter): Promise<readonly AlertEntry[]> {
  const { state, limit = defaultRows } = filter;
  const where: string[] = [];
  const values: unknown[] = [];
  const add = (condition: string, value: unknown): void => {
    if (value === undefined) return;
    values.push(value);
    where.push(`${condition} $${values.length}`);
  };
  if (state === 'open') where.push("state IN ('pending', 'firing')");
  else if (state === undefined) where.push("state <> 'cancelled'");
  else if (state !== 'all') add('state =', state);
  add('rule_id =', filter.ruleId);
  add('namespace =', filter.namespace);
  add('workload =', filter.workload);
  add('started_at_ms >=', filter.sinceMs);
  add('started_at_ms <', filter.untilMs);
  values.push(Math.min(limit, maxRows));
  const rows = await all(
    `SELECT * FROM alerts ${where.length === 0 ? '' : `WHERE ${where.join(' AND ')}`}
     ORDER BY started_at_ms DESC, fingerprint, episode DESC LIMIT $${values.length}`,
    values,
  );
  return rows.map(toAlert);
}

async function getAlert(all: All, reference: string): Promise<AlertLookup> {
  const { fingerprintPrefix, episode } = parseAlertReference(reference);
  if (fingerprintPrefix === '') return { kind: 'none' };
  // DISTINCT ON: of each fingerprint the episode that was asked for, or its latest.
  const candidates = await all(
    `SELECT DISTINCT ON (fingerprint) * FROM alerts
     WHERE starts_with(fingerprint, $1) AND ($2::bigint IS NULL OR episode = $2)
     ORDER BY fingerprint, episode DESC LIMIT 20`,
    [fingerprintPrefix, episode],
  );
  const alerts = candidates.map(toAlert);
  const [alert] = alerts;
  if (alert === undefined) return { kind: 'none' };
  if (alerts.length > 1) return { kind: 'ambiguous', ids: alerts.map(({ id }) => id) };
  const key = [alert.fingerprint, alert.episode];
  // One after the other: it may be a single connection.
  const transitions = await all(
    'SELECT body FROM transitions WHERE fingerprint = $1 AND episode = $2 ORDER BY seq',
    key,
  );
  const notifications = await all(
    `SELECT n.body AS body FROM notification_alerts a JOIN notifications n ON n.id = a.notification_id
     WHERE a.fingerprint = $1 AND a.episode = $2 ORDER BY n.at_ms, n.id`,
    key,
  );
  const captures = await all(
    'SELECT * FROM captures WHERE fingerprint = $1 AND episode = $2 ORDER BY at_ms, id',
    key,
  );
  return {
    kind: 'found',
    detail: {
      alert,
      transitions: transitions.map(({ body }) => transitionSchema.parse(body)),
      notifications: notifications.map(({ body }) => notificationSchema.parse(body)),
      captures: captures.map(toCapture),
    },
  };
}

const toAlert = (row: Row): AlertEntry => alertRowSchema.parse(asStored(row));
const toCapture = (row: Row): CaptureEntry => captureRowSchema.parse(asStored(row));

/** As SQLite stores a row, so that one schema reads both: whole numbers as numbers, JSON as text. */
function asStored(row: Row): Row {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => {
      if (typeof value === 'object' && value !== null) return [name, JSON.stringify(value)];
      return [name, typeof value === 'string' && bigints.has(name) ? Number(value) : value];
    }),
  );
}

/** node-postgres gives them as text, because some would not fit; times and numbers of episodes do. */
const bigints: ReadonlySet<string> = new Set([
  'episode',
  'last_seq',
  'started_at_ms',
  'fired_at_ms',
  'ended_at_ms',
  'acknowledged_at_ms',
  'verdict_at_ms',
  'at_ms',
]);
