import { Counter, Gauge, type Registry } from 'prom-client';
import { z } from 'zod';
import { signalCatalogue } from '../../signals/catalogue.ts';
import type { SignalDefinition } from '../../signals/define-signal.ts';
import { sketchCountsOf } from '../../signals/sketch.ts';
import type { ObservationBatch } from '../../stream/events/observation.ts';
import { metricShape, sketchShape, type MetricShape } from './metric-shape.ts';
import { registerSketchHistogram } from './sketch-histogram.ts';
import { RowSeries, type RowSeriesTable } from './row-series.ts';

/** `metrics:` of the configuration file. */
export const rowMetricsSchema = z
  .strictObject({
    max_series: z
      .int()
      .min(0)
      .max(100_000)
      .default(1_000)
      .describe(
        'Combinations of signal, workload and port (and peer) shown at /metrics; the rest is counted. 0: none.',
      ),
    peers: z
      .boolean()
      .default(false)
      .describe(
        'With the labels `peer` and `target`: whoever can read /metrics then knows who talks to whom.',
      ),
  })
  .prefault({})
  .describe('The signals as Prometheus metrics.');
export type RowMetricsSettings = z.output<typeof rowMetricsSchema>;

export interface RowMetrics {
  /** Adds what a batch tells; never throws. */
  record(batch: ObservationBatch): void;
}

export const rowLabelNames = [
  'namespace',
  'workload',
  'role',
  'peer_kind',
  'service_port',
  'peer',
  'target',
] as const;

/**
 * Every signal of the catalogue as Prometheus metrics: sums as counters, extremes as gauges, sketches as histograms.
 * Values are read at each scrape.
 */
export function registerRowMetrics(
  registry: Registry,
  settings: RowMetricsSettings,
  nowMs: () => number,
): RowMetrics {
  const { max_series: maxSeries, peers } = settings;
  const table = new RowSeries({ maxSeries, peers, nowMs });
  for (const signal of signalCatalogue.values()) registerSignal(registry, signal, table);
  new Counter({
    name: 'saccade_signal_rows_left_out_total',
    help: 'Rows that are not in the metrics of their signal, because there were `metrics.max_series` series already.',
    labelNames: ['signal'],
    registers: [registry],
    collect() {
      this.reset();
      for (const [signal, count] of table.leftOut()) this.inc({ signal }, count);
    },
  });
  return { record: (batch) => table.add(batch) };
}

function registerSignal(registry: Registry, signal: SignalDefinition, table: RowSeriesTable): void {
  for (const [field, definition] of Object.entries(signal.fields))
    registerField(registry, signal.id, metricShape(signal, field, definition), table);
  for (const [sketch, definition] of Object.entries(signal.sketches ?? {}))
    registerSketchHistogram(registry, sketchShape(signal, sketch, definition), rowLabelNames, () =>
      [...table.of(signal.id)].map(({ labels, fields }) => ({
        labels,
        counts: sketchCountsOf(fields, sketch),
      })),
    );
}

function registerField(
  registry: Registry,
  signal: string,
  { name, help, type, field, factor }: MetricShape,
  table: RowSeriesTable,
): void {
  const described = { name, help, labelNames: rowLabelNames, registers: [registry] };
  if (type === 'counter')
    new Counter({
      ...described,
      collect() {
        this.reset();
        for (const { labels, fields } of table.of(signal))
          if (fields[field] !== undefined) this.inc(labels, fields[field] * factor);
      },
    });
  else
    new Gauge({
      ...described,
      collect() {
        this.reset();
        for (const { labels, fields } of table.of(signal))
          if (fields[field] !== undefined) this.set(labels, fields[field] * factor);
      },
    });
}
