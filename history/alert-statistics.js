import { levels } from '../stream/events/transition.js';
import { createFilter } from './filter.js';
const dayMs = 86_400_000;
/** How many alerts began on each day, by the highest level they fired at; those that never fired are `null`. */
export function countByDay(database, { sinceMs, untilMs }) {
  return database
    .prepare(
      `SELECT started_at_ms / ${dayMs} AS day, peak_level AS level, COUNT(*) AS alerts
       FROM alerts INDEXED BY alerts_told
       WHERE state <> 'cancelled' AND started_at_ms >= ? AND started_at_ms < ? GROUP BY day, level ORDER BY day`,
    )
    .all(sinceMs, untilMs)
    .map((row) => ({
      dayMs: Number(row['day']) * dayMs,
      level: toLevel(row['level']),
      alerts: Number(row['alerts']),
    }));
}
/** By rule: what fired since then and what people said of it. The rule with the most pages comes first. */
export function precisionByRule(database, { sinceMs, untilMs }) {
  const where = createFilter();
  where.add("state <> 'cancelled' AND started_at_ms >= ?", sinceMs);
  where.add('started_at_ms < ?', untilMs);
  where.add('peak_level IS NOT NULL');
  return database
    .prepare(
      `SELECT rule_id, COUNT(*) AS alerts, SUM(peak_level = 'page') AS pages, SUM(verdict IS 'useful') AS useful,
         SUM(verdict IS 'noise') AS noise, MAX(started_at_ms) AS last
       FROM alerts INDEXED BY alerts_told ${where.sql()} GROUP BY rule_id ORDER BY pages DESC, alerts DESC, rule_id LIMIT 500`,
    )
    .all(...where.values())
    .map((row) => ({
      ruleId: String(row['rule_id']),
      alerts: Number(row['alerts']),
      pages: Number(row['pages']),
      useful: Number(row['useful']),
      noise: Number(row['noise']),
      lastStartedAtMs: Number(row['last']),
    }));
}
function toLevel(value) {
  return levels.find((level) => level === value) ?? null;
}
