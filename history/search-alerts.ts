import type { DatabaseSync } from 'node:sqlite';
import type { Verdict } from '../stream/events/control.ts';
import type { AlertState, Level } from '../stream/events/transition.ts';
import { alertRowSchema, type AlertEntry } from './alert-queries.ts';
import { addConditions, addReference } from './alert-conditions.ts';
import { createFilter, type Filter } from './filter.ts';

export interface AlertSearch {
  /** Words, each the beginning of one in rule, alert, namespace, workload or peer; or the beginning of an id. */
  readonly text?: string | undefined;
  /** `open`: pending or firing; `all`: with those that never fired. Without: all but those. */
  readonly state?: AlertState | 'open' | 'all' | undefined;
  readonly level?: Level | undefined;
  readonly ruleId?: string | undefined;
  readonly namespace?: string | undefined;
  readonly workload?: string | undefined;
  readonly peer?: string | undefined;
  readonly verdict?: Verdict | 'none' | undefined;
  readonly dryRun?: boolean | undefined;
  /** Of the start. */
  readonly sinceMs?: number | undefined;
  readonly untilMs?: number | undefined;
  /** That of the page before. */
  readonly cursor?: string | undefined;
  /** At most 200; 50 without. */
  readonly limit?: number | undefined;
}

export interface AlertPage {
  readonly alerts: readonly AlertEntry[];
  /** null: this is the last page. */
  readonly next: string | null;
}

export const maxPage = 200;
export const maxWords = 8;

/**
 * Latest start first, a page at a time. With words in the order in which they were recorded, latest first: the index
 * of words knows no other order, and to sort a million hits takes seconds.
 */
export function searchAlerts(database: DatabaseSync, search: AlertSearch = {}): AlertPage {
  const where = createFilter();
  const words = addText(where, search);
  addConditions(where, search);
  const limit = Math.min(Math.max(search.limit ?? 50, 1), maxPage);
  return words ? pageByRecord(database, where, search, limit) : pageByStart(database, where, search, limit);
}

function pageByStart(database: DatabaseSync, where: Filter, search: AlertSearch, limit: number): AlertPage {
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

function pageByRecord(database: DatabaseSync, where: Filter, search: AlertSearch, limit: number): AlertPage {
  const [, rowid] = parseCursor(search.cursor);
  where.addIf('alert_words.rowid < ?', rowid);
  const rows = database
    .prepare(
      `SELECT alerts.rowid AS row, alerts.* FROM alert_words CROSS JOIN alerts ON alerts.rowid = alert_words.rowid
       ${where.sql()} ORDER BY alert_words.rowid DESC LIMIT ?`,
    )
    .all(...where.values(), limit + 1);
  const page = toPage(rows, limit);
  const long = (search.text?.match(wordPattern) ?? []).filter((word) => word.length > longestPrefix);
  return { ...page, alerts: page.alerts.filter((alert) => long.every((word) => hasWord(alert, word))) };
}

/** A page may hold fewer than asked for; the next one goes on behind it. */
function hasWord({ last }: AlertEntry, beginning: string): boolean {
  const { rule_id, alert, subject, peer } = last;
  const text = [rule_id, alert, subject.namespace, subject.workload, peer?.name ?? '']
    .join(' ')
    .toLowerCase();
  return text.match(wordPattern)?.some((word) => word.startsWith(beginning.toLowerCase())) ?? false;
}

export function toPage(rows: readonly Record<string, unknown>[], limit: number): AlertPage {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const next = rows.length > limit && last ? `${Number(last['started_at_ms'])}.${Number(last['row'])}` : null;
  return { alerts: shown.map((row) => alertRowSchema.parse(row)), next };
}

export function parseCursor(cursor: string | undefined): readonly (number | undefined)[] {
  const match = /^(\d{1,16})\.(\d{1,16})$/.exec(cursor ?? '');
  return match === null ? [] : [Number(match[1]), Number(match[2])];
}

/** true: words were added, which the index of words answers. */
function addText(where: Filter, search: AlertSearch): boolean {
  const text = search.text?.trim() ?? '';
  if (addReference(where, text)) return false;
  const words = (text.match(wordPattern) ?? []).slice(0, maxWords);
  if (words.length === 0) return false;
  const beginnings = words.map((word) =>
    word.length === 1 ? `"${word}"` : `"${word.slice(0, longestPrefix)}"*`,
  );
  where.add('alert_words MATCH ?', [...beginnings, ...filterPhrases(search)].join(' '));
  return true;
}

/**
 * The index answers beginnings of two to eight letters without reading all that fits. What a longer word adds is
 * compared afterwards; a single letter is a word by itself.
 */
const longestPrefix = 8;
export const wordPattern = /[\p{L}\p{N}]+/gu;

/** What is filtered by stands among the words too: the index then leaves out what does not fit before any row is read. */
function filterPhrases({ ruleId, namespace, workload, peer }: AlertSearch): readonly string[] {
  return [ruleId, namespace, workload, peer].flatMap((value) => {
    const words = value?.match(wordPattern);
    return words ? [`"${words.join(' ')}"`] : [];
  });
}
