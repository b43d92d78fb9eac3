import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import { createPrometheusStreamMetrics } from '../prometheus-stream-metrics.ts';
import type { KafkaMetrics } from './kafka-metrics.ts';

/** A node whose clock is right again is forgotten after so many others; bounds the series. */
const maxSkewedSources = 1_000;
const secondsBuckets = [0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100];

/** Counts into a Prometheus registry, beside what every stream counts. */
export function createPrometheusKafkaMetrics(registry: Registry): KafkaMetrics {
  const registers = [registry];
  const counter = <const Label extends string>(
    name: string,
    help: string,
    labelNames: Label[],
  ): Counter<Label> => new Counter({ name: `saccade_kafka_${name}`, help, labelNames, registers });
  const histogram = (name: string, help: string): Histogram<'stage'> =>
    new Histogram({
      name: `saccade_kafka_${name}`,
      help,
      labelNames: ['stage'],
      buckets: secondsBuckets,
      registers,
    });
  const rejoined = counter('rejoined_total', 'Times that a stage joined its group anew, by reason.', [
    'stage',
    'reason',
  ]);
  const failed = counter('failures_total', 'Requests that failed and were tried again, by error.', [
    'doing',
    'code',
  ]);
  const missed = counter('missed_records_total', 'Records deleted before a stage had read them.', ['stage']);
  const restored = histogram(
    'restore_seconds',
    'Time from the assignment of a partition to its first input.',
  );
  const flushed = histogram('flush_seconds', 'Time to write the changed state of a partition.');
  const entries = counter('flushed_entries_total', 'Entries of state written.', ['stage']);
  const skew = new Gauge({
    name: 'saccade_clock_skew_seconds',
    help: 'How far a source’s clock is ahead of the broker’s, where it is more than five seconds; it is clamped.',
    labelNames: ['source'],
    registers,
  });
  const skewed = new Set<string>();
  return {
    ...createPrometheusStreamMetrics(registry),
    rejoined: (stage, reason) => rejoined.inc({ stage, reason }),
    failed: (doing, code) => failed.inc({ doing, code }),
    missed: (stage, records) => missed.inc({ stage }, records),
    restored: (stage, seconds) => restored.observe({ stage }, seconds),
    flushed(stage, seconds, count) {
      flushed.observe({ stage }, seconds);
      entries.inc({ stage }, count);
    },
    skewed(source, skewMs) {
      skewed.delete(source);
      skewed.add(source);
      const [oldest] = skewed;
      if (skewed.size > maxSkewedSources && oldest !== undefined) {
        skewed.delete(oldest);
        skew.remove({ source: oldest });
      }
      skew.set({ source }, skewMs / 1000);
    },
  };
}
