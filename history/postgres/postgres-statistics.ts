import { ruleFiguresSchema, type RuleFigures } from '../../stream/events/digest.ts';
import type { Level } from '../../stream/events/transition.ts';
import { type DayCount, type RulePrecision, toRulePrecision } from '../alert-statistics.ts';
import { type LifeSign, toLifeSign } from '../life-signs.ts';
import { type Queryable, rowsOf } from './postgres-database.ts';

interface Range {
  readonly sinceMs: number;
  readonly untilMs: number;
}

const dayMs = 86_400_000;
const [maxDays, ruleLimit] = [400, 200];

/** How many alerts began on each day, by the highest level they fired at. */
export async function countByDay(
  database: Queryable,
  { sinceMs, untilMs }: Range,
): Promise<readonly DayCount[]> {
  const firstMs = Math.max(sinceMs, (Math.floor(untilMs / dayMs) - maxDays) * dayMs);
  const rows = await rowsOf(database, {
    sql: `SELECT started_at_ms - started_at_ms % ${dayMs} AS day, peak_level, count(*) AS alerts FROM alerts
      WHERE state <> 'cancelled' AND started_at_ms >= ? AND started_at_ms < ?
      GROUP BY 1, 2 ORDER BY 1, peak_level DESC NULLS LAST`,
    values: [firstMs, untilMs],
  });
  return rows.map((row) => ({
    dayMs: Number(row['day']),
    level: row['peak_level'] as Level | null,
    alerts: Number(row['alerts']),
  }));
}

/** By rule: what fired since then and what people said of it. The rule with the most pages comes first. */
export async function precisionByRule(
  database: Queryable,
  { sinceMs, untilMs }: Range,
): Promise<readonly RulePrecision[]> {
  const rows = await rowsOf(database, {
    sql: `SELECT rule_id, count(*) AS alerts, count(*) FILTER (WHERE peak_level = 'page') AS pages,
        count(*) FILTER (WHERE verdict = 'useful') AS useful, count(*) FILTER (WHERE verdict = 'noise') AS noise,
        max(started_at_ms) AS last
      FROM alerts
      WHERE state <> 'cancelled' AND started_at_ms >= ? AND started_at_ms < ? AND peak_level IS NOT NULL
      GROUP BY rule_id ORDER BY pages DESC, alerts DESC, rule_id COLLATE "C" LIMIT 500`,
    values: [sinceMs, untilMs],
  });
  return rows.map(toRulePrecision);
}

/** What each rule did within a time, by when its alerts began; dry runs were told nobody and are left out. */
export async function figuresByRule(
  database: Queryable,
  { sinceMs, untilMs }: Range,
): Promise<readonly RuleFigures[]> {
  const rows = await rowsOf(database, {
    sql: `WITH told AS (
        SELECT * FROM alerts WHERE started_at_ms >= ? AND started_at_ms < ?
          AND state <> 'cancelled' AND peak_level IS NOT NULL AND NOT dry_run),
      by_workload AS (
        SELECT rule_id, workload, count(*) AS fired,
          row_number() OVER (PARTITION BY rule_id ORDER BY count(*) DESC, workload COLLATE "C") AS place
        FROM told GROUP BY rule_id, workload)
      SELECT told.rule_id, max(told.body ->> 'alert') AS alert, count(*) AS fired,
        count(*) FILTER (WHERE peak_level = 'page') AS pages,
        count(*) FILTER (WHERE acknowledged_by IS NOT NULL) AS acknowledged,
        count(*) FILTER (WHERE ended_at_ms IS NOT NULL AND acknowledged_by IS NULL
          AND verdict IS DISTINCT FROM 'useful') AS ended_alone,
        count(*) FILTER (WHERE ended_at_ms IS NULL) AS still_firing,
        count(*) FILTER (WHERE verdict = 'useful') AS useful, count(*) FILTER (WHERE verdict = 'noise') AS noise,
        avg(ended_at_ms - fired_at_ms) AS mean_duration_ms,
        max(by_workload.workload) AS most_workload, max(by_workload.fired) AS most_fired
      FROM told JOIN by_workload ON by_workload.rule_id = told.rule_id AND by_workload.place = 1
      GROUP BY told.rule_id ORDER BY pages DESC, fired DESC, told.rule_id COLLATE "C" LIMIT ${ruleLimit}`,
    values: [sinceMs, untilMs],
  });
  return rows.map(({ most_workload: workload, most_fired: fired, ...row }) =>
    ruleFiguresSchema.parse({ ...row, most: { workload, fired } }),
  );
}

/** What was observed since then, by signal. Looks at rows of a second only. */
export async function lifeSigns(
  database: Queryable,
  { sinceMs }: { readonly sinceMs: number },
): Promise<readonly LifeSign[]> {
  const rows = await rowsOf(database, {
    sql: `SELECT s.signal AS signal, count(*) AS rows, count(DISTINCT s.id) AS series,
        count(DISTINCT s.namespace || '/' || s.workload) AS workloads, max(o.bucket_ms) AS newest
      FROM observation_series s JOIN observations_1s o ON o.series_id = s.id
      WHERE o.bucket_ms >= ? GROUP BY s.signal ORDER BY s.signal COLLATE "C"`,
    values: [sinceMs],
  });
  return rows.map(toLifeSign);
}

const maxNamespaces = 2_000;

/** All that the history tells of, by name. */
export async function listNamespaces(database: Queryable): Promise<readonly string[]> {
  const rows = await rowsOf(database, {
    sql: `SELECT namespace COLLATE "C" AS namespace FROM observation_series UNION SELECT namespace FROM alerts
      UNION SELECT namespace FROM destinations
      UNION SELECT body #>> '{request,selector,subject,namespace}' FROM captures ORDER BY 1 LIMIT ?`,
    values: [maxNamespaces],
  });
  return rows.flatMap(({ namespace }) =>
    typeof namespace === 'string' && namespace !== '' ? [namespace] : [],
  );
}
