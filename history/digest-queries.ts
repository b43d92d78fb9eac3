import type { DatabaseSync } from 'node:sqlite';
import { ruleFiguresSchema, type RuleFigures } from '../stream/events/digest.ts';

const ruleLimit = 200;

/** What each rule did within a time, by when its alerts began; dry runs were told nobody and are left out. */
export function figuresByRule(
  database: DatabaseSync,
  { sinceMs, untilMs }: { readonly sinceMs: number; readonly untilMs: number },
): readonly RuleFigures[] {
  return database
    .prepare(
      `WITH told AS (
         SELECT * FROM alerts WHERE started_at_ms >= ? AND started_at_ms < ?
           AND state <> 'cancelled' AND peak_level IS NOT NULL AND dry_run = 0),
       by_workload AS (
         SELECT rule_id, workload, COUNT(*) AS fired,
           ROW_NUMBER() OVER (PARTITION BY rule_id ORDER BY COUNT(*) DESC, workload) AS place
         FROM told GROUP BY rule_id, workload)
       SELECT told.rule_id, MAX(json_extract(told.body, '$.alert')) AS alert, COUNT(*) AS fired,
         SUM(peak_level = 'page') AS pages,
         SUM(acknowledged_by IS NOT NULL) AS acknowledged,
         SUM(ended_at_ms IS NOT NULL AND acknowledged_by IS NULL AND verdict IS NOT 'useful') AS ended_alone,
         SUM(ended_at_ms IS NULL) AS still_firing,
         SUM(verdict IS 'useful') AS useful, SUM(verdict IS 'noise') AS noise,
         AVG(ended_at_ms - fired_at_ms) AS mean_duration_ms,
         by_workload.workload AS most_workload, by_workload.fired AS most_fired
       FROM told JOIN by_workload ON by_workload.rule_id = told.rule_id AND by_workload.place = 1
       GROUP BY told.rule_id ORDER BY pages DESC, fired DESC, told.rule_id LIMIT ${ruleLimit}`,
    )
    .all(sinceMs, untilMs)
    .map(({ most_workload: workload, most_fired: fired, ...row }) =>
      ruleFiguresSchema.parse({ ...row, most: { workload, fired } }),
    );
}
