import { Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { registerProcessMetrics } from './process-metrics.ts';

const figure = (text: string, name: string): number =>
  Number(
    text
      .split('\n')
      .find((line) => line.startsWith(`${name} `))
      ?.slice(name.length),
  );

describe('registerProcessMetrics', () => {
  it('tells the figures of this process under the usual names, at each scrape anew', async () => {
    const registry = new Registry();
    registerProcessMetrics(registry);
    const first = await registry.metrics();
    const { rss } = process.memoryUsage();
    expect(Math.abs(figure(first, 'process_resident_memory_bytes') / rss - 1)).toBeLessThan(0.5);
    expect(Math.abs(figure(first, 'process_start_time_seconds') * 1_000 - Date.now())).toBeLessThan(
      3_600_000,
    );
    const user = figure(first, 'process_cpu_user_seconds_total');
    while (process.cpuUsage().user / 1e6 < user + 0.001) Math.hypot(user, 1);
    const second = await registry.metrics();
    expect(figure(second, 'process_cpu_user_seconds_total')).toBeGreaterThan(user);
    expect(figure(second, 'nodejs_eventloop_utilization')).toBeLessThanOrEqual(1);
  });
});
