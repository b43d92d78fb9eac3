import { getAlert } from '../../history/alert-queries.ts';
import { countByDay, precisionByRule } from '../../history/alert-statistics.ts';
import { listAudit } from '../../history/audit-queries.ts';
import { getCapture, listCaptures } from '../../history/capture-queries.ts';
import { lifeSigns } from '../../history/life-signs.ts';
import { listNamespaces } from '../../history/list-namespaces.ts';
import { searchAlerts } from '../../history/search-alerts.ts';
import { alertSeries } from './alert-series.ts';
import { listDestinations } from './destinations.ts';
import { explore, seriesChoices } from './explore.ts';
import { guardHits } from './guard-hits.ts';
import { trafficMap } from './traffic-map.ts';

/** All that pages ask of the history: `(database, question) → answer`, both plain data. */
export const queries = {
  searchAlerts,
  getAlert,
  alertSeries,
  countByDay,
  precisionByRule,
  guardHits,
  listCaptures,
  getCapture,
  listAudit,
  lifeSigns,
  seriesChoices,
  explore,
  trafficMap,
  listDestinations,
  listNamespaces,
} as const;
export type ConsoleQueries = typeof queries;
