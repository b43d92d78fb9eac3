import { Registry } from 'prom-client';
import { expect, it } from 'vitest';
import { createPrometheusStreamMetrics } from './prometheus-stream-metrics.ts';

it('counts under stable names with bounded labels', async () => {
  const registry = new Registry();
  const metrics = createPrometheusStreamMetrics(registry);
  metrics.appended('signals', 2);
  metrics.duplicates('signals', 1);
  metrics.processed('judge', 3);
  metrics.deadLetter('judge');
  metrics.committed('judge', 0.002);
  metrics.commitFailed('judge', 'LOG_DISK_FULL');
  metrics.retired('signals', 1, true, 4);
  metrics.lag('judge', 5);
  const text = await registry.metrics();
  for (const line of [
    'saccade_stream_appended_total{topic="signals"} 2',
    'saccade_stream_duplicates_total{topic="signals"} 1',
    'saccade_stream_processed_total{stage="judge"} 3',
    'saccade_stream_dead_letters_total{stage="judge"} 1',
    'saccade_stream_commit_seconds_count{stage="judge"} 1',
    'saccade_stream_commit_failures_total{stage="judge",code="LOG_DISK_FULL"} 1',
    'saccade_stream_retired_total{topic="signals",rank="1",unread="true"} 4',
    'saccade_stream_lag_records{stage="judge"} 5',
  ])
    expect(text).toContain(line);
});
