import { alertRowSchema } from './alert-queries.js';
import { parseAlertReference } from './alert-id.js';
import { createFilter } from './filter.js';
const maxPage = 200;
const maxWords = 8;
/**
 * Latest start first, a page at a time. With words in the order in which they were recorded, latest first: the index
 * of words knows no other order, and to sort a million hits takes seconds.
 */
export function searchAlerts(database, search = {}) {
  const where = createFilter();
  const words = addText(where, search.text ?? '');
  addConditions(where, search);
  const limit = Math.min(Math.max(search.limit ?? 50, 1), maxPage);
  return words ? pageByRecord(database, where, search, limit) : pageByStart(database, where, search, limit);
}
function pageByStart(database, where, search, limit) {
  const [startedAtMs, rowid] = parseCursor(search.cursor);
  if (startedAtMs !== undefined && rowid !== undefined)
    where.add('(alerts.started_at_ms, alerts.rowid) < (?, ?)', startedAtMs, rowid);
  const rows = database
    .prepare(
      `SELECT alerts.rowid AS row, alerts.* FROM alerts ${where.sql()}
       ORDER BY alerts.started_at_ms DESC, alerts.rowid DESC LIMIT ?`,
    )
    .all(...where.values(), limit + 1);
  return toPage(rows, limit);
}
function pageByRecord(database, where, search, limit) {
  const [, rowid] = parseCursor(search.cursor);
  where.addIf('alert_words.rowid < ?', rowid);
  const rows = database
    .prepare(
      `SELECT alerts.rowid AS row, alerts.* FROM alert_words CROSS JOIN alerts ON alerts.rowid = alert_words.rowid
       ${where.sql()} ORDER BY alert_words.rowid DESC LIMIT ?`,
    )
    .all(...where.values(), limit + 1);
  return toPage(rows, limit);
}
function toPage(rows, limit) {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const next = rows.length > limit && last ? `${Number(last['started_at_ms'])}.${Number(last['row'])}` : null;
  return { alerts: shown.map((row) => alertRowSchema.parse(row)), next };
}
function parseCursor(cursor) {
  const match = /^(\d{1,16})\.(\d{1,16})$/.exec(cursor ?? '');
  return match === null ? [] : [Number(match[1]), Number(match[2])];
}
/** true: words were added, which the index of words answers. */
function addText(where, text) {
  if (/^[0-9a-f]{6,}(?:-\d+)?$/.test(text.trim())) {
    const { fingerprintPrefix, episode } = parseAlertReference(text);
    where.add('alerts.fingerprint >= ?', fingerprintPrefix);
    where.add('alerts.fingerprint < ?', `${fingerprintPrefix}\u{10ffff}`);
    where.addIf('alerts.episode = ?', episode ?? undefined);
    return false;
  }
  const words = (text.match(/[\p{L}\p{N}]+/gu) ?? []).slice(0, maxWords);
  if (words.length === 0) return false;
  where.add('alert_words MATCH ?', words.map((word) => `"${word}"*`).join(' '));
  return true;
}
function addConditions(where, search) {
  addState(where, search.state);
  where.addIf('alerts.peak_level = ?', search.level);
  where.addIf('alerts.rule_id = ?', search.ruleId);
  where.addIf('alerts.namespace = ?', search.namespace);
  where.addIf('alerts.workload = ?', search.workload);
  where.addIf('alerts.peer = ?', search.peer);
  where.addIf('alerts.started_at_ms >= ?', search.sinceMs);
  where.addIf('alerts.started_at_ms < ?', search.untilMs);
  if (search.dryRun !== undefined) where.add('alerts.dry_run = ?', search.dryRun ? 1 : 0);
  if (search.verdict === 'none') where.add('alerts.verdict IS NULL');
  else where.addIf('alerts.verdict = ?', search.verdict);
}
/** In the words of the partial indices, which SQLite uses only where the query repeats their condition. */
function addState(where, state) {
  if (state === 'open') where.add("alerts.ended_at_ms IS NULL AND alerts.state <> 'cancelled'");
  else if (state === undefined) where.add("alerts.state <> 'cancelled'");
  else if (state !== 'all')
    where.add(
      state === 'cancelled' ? 'alerts.state = ?' : "alerts.state = ? AND alerts.state <> 'cancelled'",
      state,
    );
}
