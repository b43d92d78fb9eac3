import type { Logger } from 'pino';
import { Counter, type Registry } from 'prom-client';
import type { ChartMaker } from '../../notifiers/chart/chart-maker.ts';
import { type ChartSource, createChartMaker } from './create-chart-maker.ts';

/** Charts of a history, counted by what became of them. */
export function createHistoryCharts(source: ChartSource, registry: Registry, logger: Logger): ChartMaker {
  const charts = new Counter({
    name: 'saccade_charts_total',
    help: 'Charts for messages by what became of them; a message is told without.',
    labelNames: ['outcome'],
    registers: [registry],
  });
  let failures = 0;
  return createChartMaker({
    source,
    nowMs: () => Date.now(),
    onOutcome: (outcome) => charts.inc({ outcome }),
    onError: (error) => {
      failures += 1;
      // Told at 1, 2, 4, 8, …: what fails once may fail for every alert.
      if ((failures & (failures - 1)) === 0)
        logger.warn({ err: error, failures }, 'a chart could not be drawn; its message goes without');
    },
  });
}
