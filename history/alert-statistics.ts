import type { DatabaseSync } from 'node:sqlite';
import type { Level } from '../stream/events/transition.ts';
import { createFilter } from './filter.ts';
import { indexHint } from './index-hint.ts';

export interface DayCount {
  /** Start of the day in UTC. */
  readonly dayMs: number;
  readonly level: Level | null;
  readonly alerts: number;
}

const dayMs = 86_400_000;

const maxDays = 400;

/**
 * How many alerts began on each day, by the highest level they fired at; those that never fired are `null`. A range of
 * the index for each day: grouped by a computed day, SQLite would sort them all.
 */
export function countByDay(
  database: DatabaseSync,
  { sinceMs, untilMs }: { readonly sinceMs: number; readonly untilMs: number },
): readonly DayCount[] {
  const count = database.prepare(
    `SELECT COUNT(*) AS total, TOTAL(peak_level = 'page') AS page, TOTAL(peak_level = 'notice') AS notice
     FROM alerts ${indexHint(database, 'alerts', 'alerts_told')}
     WHERE state <> 'cancelled' AND started_at_ms >= ? AND started_at_ms < ?`,
  );
  const counts: DayCount[] = [];
  const firstMs = Math.max(Math.floor(sinceMs / dayMs), Math.floor(untilMs / dayMs) - maxDays) * dayMs;
  for (let day = firstMs; day < untilMs; day += dayMs) {
    const row = count.get(Math.max(day, sinceMs), Math.min(day + dayMs, untilMs));
    const [total, page, notice] = [Number(row?.['total']), Number(row?.['page']), Number(row?.['notice'])];
    for (const [level, alerts] of [
      ['page', page],
      ['notice', notice],
      [null, total - page - notice],
    ] as const)
      if (alerts > 0) counts.push({ dayMs: day, level, alerts });
  }
  return counts;
}

export interface RulePrecision {
  readonly ruleId: string;
  readonly alerts: number;
  readonly pages: number;
  readonly useful: number;
  readonly noise: number;
  readonly lastStartedAtMs: number;
}

/** By rule: what fired since then and what people said of it. The rule with the most pages comes first. */
export function precisionByRule(
  database: DatabaseSync,
  { sinceMs, untilMs }: { readonly sinceMs: number; readonly untilMs: number },
): readonly RulePrecision[] {
  const where = createFilter();
  where.add("state <> 'cancelled' AND started_at_ms >= ?", sinceMs);
  where.add('started_at_ms < ?', untilMs);
  where.add('peak_level IS NOT NULL');
  return database
    .prepare(
      `SELECT rule_id, COUNT(*) AS alerts, SUM(peak_level = 'page') AS pages, SUM(verdict IS 'useful') AS useful,
         SUM(verdict IS 'noise') AS noise, MAX(started_at_ms) AS last
       FROM alerts ${indexHint(database, 'alerts', 'alerts_told')} ${where.sql()} GROUP BY rule_id ORDER BY pages DESC, alerts DESC, rule_id LIMIT 500`,
    )
    .all(...where.values())
    .map(toRulePrecision);
}

export function toRulePrecision(row: Readonly<Record<string, unknown>>): RulePrecision {
  return {
    ruleId: String(row['rule_id']),
    alerts: Number(row['alerts']),
    pages: Number(row['pages']),
    useful: Number(row['useful']),
    noise: Number(row['noise']),
    lastStartedAtMs: Number(row['last']),
  };
}
