import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { StreamMetrics } from './stream-metrics.ts';

/** Counts into a Prometheus registry. */
export function createPrometheusStreamMetrics(registry: Registry): StreamMetrics {
  const registers = [registry];
  const counter = <const Label extends string>(
    name: string,
    help: string,
    labelNames: Label[],
  ): Counter<Label> => new Counter({ name: `saccade_stream_${name}`, help, labelNames, registers });
  const appended = counter('appended_total', 'Events appended to the log.', ['topic']);
  const duplicates = counter('duplicates_total', 'Events dropped because the log held their id.', ['topic']);
  const processed = counter('processed_total', 'Records that a stage has taken.', ['stage']);
  const dead = counter('dead_letters_total', 'Events that a stage could not take.', ['stage']);
  const failed = counter('commit_failures_total', 'Commits put off, by error.', ['stage', 'code']);
  const retired = counter('retired_total', 'Records deleted by retention.', ['topic', 'rank', 'unread']);
  const committed = new Histogram({
    name: 'saccade_stream_commit_seconds',
    help: 'Time to commit the outputs, state and offset of a batch.',
    labelNames: ['stage'],
    buckets: [0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1],
    registers,
  });
  const lag = new Gauge({
    name: 'saccade_stream_lag_records',
    help: 'Records that wait for a stage.',
    labelNames: ['stage'],
    registers,
  });
  return {
    appended: (topic, count) => appended.inc({ topic }, count),
    duplicates: (topic, count) => duplicates.inc({ topic }, count),
    processed: (stage, count) => processed.inc({ stage }, count),
    deadLetter: (stage) => dead.inc({ stage }),
    committed: (stage, seconds) => committed.observe({ stage }, seconds),
    commitFailed: (stage, code) => failed.inc({ stage, code }),
    retired: (topic, rank, unread, count) =>
      retired.inc({ topic, rank: String(rank), unread: String(unread) }, count),
    lag: (stage, records) => lag.set({ stage }, records),
  };
}
