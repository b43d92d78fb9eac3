import { parentPort, workerData } from 'node:worker_threads';
import { drawChart } from '../../notifiers/chart/draw-chart.ts';
import { renderPng } from '../../notifiers/chart/render-png.ts';
import type { AlertReference } from '../../notifiers/chart/chart-maker.ts';
import { openDatabaseReadOnly } from '../../stream/embedded/database.ts';
import { chartOf, chartOfAlert, type ChartMaterial } from './chart-of-alert.ts';

/**
 * Draws one chart in a thread that ends with it: the judge does not wait for the half second that it takes, and the
 * memory of the renderer is given back.
 */
type Order =
  | { readonly material: ChartMaterial }
  | { readonly databasePath: string; readonly alert: AlertReference; readonly nowMs: number };

const order = workerData as Order;
const data = 'material' in order ? chartOf(order.material) : chartInFile(order);
parentPort?.postMessage(data === null ? null : await renderPng(drawChart(data)));

function chartInFile({ databasePath, alert, nowMs }: Extract<Order, { readonly databasePath: string }>) {
  const database = openDatabaseReadOnly(databasePath);
  try {
    return chartOfAlert(database, alert, nowMs);
  } finally {
    database.close();
  }
}
