import { Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { signalCatalogue } from '../../signals/catalogue.ts';
import type { ObservationBatch, ObservationRow } from '../../stream/events/observation.ts';
import { metricShape, sketchShape } from './metric-shape.ts';
import { registerRowMetrics } from './row-metrics.ts';
import { registerSketchHistogram } from './sketch-histogram.ts';

const peer = { kind: 'external', name: 'api.example.com', ip: '203.0.113.9' } as const;

function batchOf(rows: readonly Partial<ObservationRow>[], workload = 'netns/checkout'): ObservationBatch {
  return {
    window: { start: '2026-11-21T08:00:00.000Z', ms: 1_000, elapsed_ms: 1_000 },
    candidate: false,
    subject: { cluster: 'c1', node: 'n1', namespace: 'shop', workload },
    rows: rows.map((row) => ({
      signal: 'tcp.traffic',
      role: 'client',
      service_port: 443,
      peer,
      fields: {},
      ...row,
    })),
  };
}

function metricsOf(maxSeries: number, peers = false) {
  const clock = { nowMs: 0 };
  const registry = new Registry();
  const metrics = registerRowMetrics(registry, { max_series: maxSeries, peers }, () => clock.nowMs);
  const lines = async () => (await registry.metrics()).split('\n').filter((line) => !line.startsWith('#'));
  return { metrics, lines, clock };
}

describe('names of metrics', () => {
  const nameOf = (signal: string, field: string) => {
    const definition = signalCatalogue.get(signal);
    const of = definition?.fields[field];
    if (definition === undefined || of === undefined) throw new Error(`no ${field} of ${signal}`);
    return metricShape(definition, field, of).name;
  };

  it.each([
    ['tcp.retransmits', 'retransmits', 'saccade_tcp_retransmits_total'],
    ['tcp.retransmits', 'stalled_sockets', 'saccade_tcp_retransmits_stalled_sockets'],
    ['tcp.traffic', 'bytes_sent', 'saccade_tcp_traffic_sent_bytes_total'],
    ['tcp.rtt', 'min_rtt_us', 'saccade_tcp_rtt_min_rtt_seconds'],
    ['tcp.connections', 'handshake_us', 'saccade_tcp_connections_handshake_seconds_total'],
    ['tcp.connect_failures', 'refused', 'saccade_tcp_connect_failures_refused_total'],
  ])('%s %s is %s', (signal, field, name) => expect(nameOf(signal, field)).toBe(name));

  it('are valid and unique over the whole catalogue', () => {
    const names = [...signalCatalogue.values()].flatMap((signal) => [
      ...Object.entries(signal.fields).map(
        ([field, definition]) => metricShape(signal, field, definition).name,
      ),
      ...Object.entries(signal.sketches ?? {}).map(
        ([sketch, definition]) => sketchShape(signal, sketch, definition).name,
      ),
    ]);
    expect(names.filter((name) => !/^saccade_[a-z0-9_]+$/.test(name))).toEqual([]);
    expect(new Set(names).size).toBe(names.length);
  });
});

describe('signals as metrics', () => {
  it('add up sums, in base units, and keep levels for a minute', async () => {
    const { metrics, lines, clock } = metricsOf(10);
    const row = {
      signal: 'tcp.connections',
      fields: { established: 3, handshake_us: 1_500, open_sockets: 2 },
    };
    metrics.record(batchOf([row]));
    metrics.record(batchOf([row]));
    const labels =
      'namespace="shop",workload="netns/checkout",role="client",peer_kind="external",service_port="443"';
    expect(await lines()).toEqual(
      expect.arrayContaining([
        `saccade_tcp_connections_established_total{${labels}} 6`,
        `saccade_tcp_connections_handshake_seconds_total{${labels}} 0.003`,
        `saccade_tcp_connections_open_sockets{${labels}} 2`,
      ]),
    );
    clock.nowMs = 61_000;
    expect((await lines()).filter((line) => line.includes('open_sockets'))).toEqual([]);
  });

  it('tell who talks to whom only where that is asked for', async () => {
    const row = { signal: 'tcp.traffic', fields: { bytes_sent: 1 } };
    for (const peers of [false, true]) {
      const { metrics, lines } = metricsOf(10, peers);
      metrics.record(batchOf([{ ...row, target: '/secret' }]));
      const text = (await lines()).join();
      expect([text.includes('api.example.com'), text.includes('/secret')]).toEqual([peers, peers]);
    }
  });

  it('merge levels of several peers as the catalogue says', async () => {
    const { metrics, lines, clock } = metricsOf(10);
    const sample = (us: number) =>
      batchOf([{ signal: 'tcp.rtt', fields: { min_rtt_us: us, rtt_samples: 1 } }]);
    const shown = async () =>
      (await lines()).find((line) => line.startsWith('saccade_tcp_rtt_min_rtt_seconds{'))?.split(' ')[1];
    metrics.record(sample(900));
    metrics.record(sample(300));
    metrics.record(sample(500));
    expect(await shown()).toBe('0.0003');
    clock.nowMs = 30_000;
    metrics.record(sample(700));
    expect(await shown()).toBe('0.0003');
    clock.nowMs = 60_000;
    expect(await shown()).toBe('0.0007');
  });

  it('are bounded: new series wait until one is idle, and what is left out is counted', async () => {
    const { metrics, lines, clock } = metricsOf(2);
    const told = async () =>
      (await lines()).flatMap((line) => /sent_bytes_total\{.*workload="([^"]+)"/.exec(line)?.[1] ?? []);
    for (const workload of ['a', 'b', 'c'])
      metrics.record(batchOf([{ fields: { bytes_sent: 1 } }], workload));
    expect(await told()).toEqual(['a', 'b']);
    expect(await lines()).toContain('saccade_signal_rows_left_out_total{signal="tcp.traffic"} 1');
    clock.nowMs = 5 * 60_000;
    metrics.record(batchOf([{ fields: { bytes_sent: 1 } }], 'a'));
    clock.nowMs = 11 * 60_000;
    metrics.record(batchOf([{ fields: { bytes_sent: 1 } }], 'c'));
    expect(await told()).toEqual(['a', 'c']);
  });

  it('are none where there are to be none', async () => {
    const { metrics, lines } = metricsOf(0);
    metrics.record(batchOf([{ fields: { bytes_sent: 1 } }]));
    expect((await lines()).filter((line) => line.includes('sent_bytes'))).toEqual([]);
  });

  it('show a sketch as a histogram whose counts are exact', async () => {
    const registry = new Registry();
    const shape = { name: 'x_seconds', help: 'x', sketch: 'x_us', factor: 1e-6 };
    // Buckets of 1 ms and of 1 s.
    const counts = new Map([
      [70, 3],
      [138, 1],
    ]);
    registerSketchHistogram(registry, shape, [], () => [{ labels: { workload: 'a' }, counts }]);
    const lines = (await registry.metrics()).split('\n');
    expect(lines).toContain('# TYPE x_seconds histogram');
    const countUpTo = (le: string) =>
      lines.find((line) => line.startsWith(`x_seconds_bucket{workload="a",le="${le}`))?.split(' ')[1];
    expect(countUpTo('0.00110')).toBe('3');
    expect(countUpTo('0.4')).toBe('3');
    expect(countUpTo('+Inf')).toBe('4');
    expect(lines).toContain('x_seconds_count{workload="a"} 4');
    const sum = Number(/x_seconds_sum\{workload="a"\} (\S+)/.exec(lines.join('\n'))?.[1]);
    expect(sum).toBeGreaterThan(0.94);
    expect(sum).toBeLessThan(1.1);
  });
});
