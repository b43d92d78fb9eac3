import { parentPort, workerData } from 'node:worker_threads';
import { drawChart } from '../../notifiers/chart/draw-chart.ts';
import { renderPng } from '../../notifiers/chart/render-png.ts';
import type { AlertReference } from '../../notifiers/chart/chart-maker.ts';
import { openDatabaseReadOnly } from '../../stream/embedded/database.ts';
import { chartOfAlert } from './chart-of-alert.ts';

/**
 * Draws one chart in a thread that ends with it: the judge does not wait for the half second that it takes, and the
 * memory of the renderer is given back.
 */
const { databasePath, alert, nowMs } = workerData as {
  readonly databasePath: string;
  readonly alert: AlertReference;
  readonly nowMs: number;
};

const database = openDatabaseReadOnly(databasePath);
try {
  const data = chartOfAlert(database, alert, nowMs);
  parentPort?.postMessage(data === null ? null : await renderPng(drawChart(data)));
} finally {
  database.close();
}
