import { getAlert, searchAlerts } from '../../history/postgres/postgres-alert-queries.ts';
import { type Queryable, rowsOf } from '../../history/postgres/postgres-database.ts';
import {
  getCapture,
  listAudit,
  listCaptures,
  listDestinations,
} from '../../history/postgres/postgres-event-queries.ts';
import { aggregateObservations, findSeries } from '../../history/postgres/postgres-observation-queries.ts';
import {
  countByDay,
  lifeSigns,
  listNamespaces,
  precisionByRule,
} from '../../history/postgres/postgres-statistics.ts';
import { planAlertSeries } from './alert-series.ts';
import type { Answer, QueryName, Question } from './console-reader.ts';
import { filterOf } from './destinations.ts';
import { choicesOf, planExplore } from './explore.ts';
import { countGuards, guardedAlerts } from './guard-hits.ts';
import { drawTrafficMap, trafficMapAggregation } from './traffic-map.ts';

/** What `queries` are for SQLite: the same questions, the same answers. */
export const postgresQueries: {
  readonly [N in QueryName]: (database: Queryable, question: Question<N>) => Promise<Answer<N>>;
} = {
  searchAlerts,
  getAlert,
  async alertSeries(database, { reference, nowMs }) {
    const plan = planAlertSeries(await getAlert(database, reference), nowMs);
    return plan && plan.draw(await aggregateObservations(database, plan.ask));
  },
  countByDay,
  precisionByRule,
  async guardHits(database, { ruleId }) {
    const rows = await rowsOf(database, {
      sql: "SELECT body FROM alerts WHERE rule_id = ? AND state <> 'cancelled' ORDER BY started_at_ms DESC LIMIT ?",
      values: [ruleId, guardedAlerts],
    });
    return countGuards(rows.map(({ body }) => String(body)));
  },
  listCaptures,
  getCapture,
  listAudit,
  lifeSigns,
  seriesChoices: async (database, filter) =>
    choicesOf((await findSeries(database, filter)).map(({ series }) => series)),
  async explore(database, question) {
    const plan = planExplore(question);
    return plan && plan.draw(await aggregateObservations(database, plan.ask));
  },
  trafficMap: async (database, question) =>
    drawTrafficMap(await aggregateObservations(database, trafficMapAggregation(question))),
  listDestinations: (database, question) => listDestinations(database, question.nowMs, filterOf(question)),
  listNamespaces,
};
