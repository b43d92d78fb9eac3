import { describe, expect, it } from 'vitest';
import type { ObservationBatch } from '../../stream/events/observation.ts';
import { validateEvent } from '../../stream/validate-event.ts';
import { createClusterLayout } from './cluster-layout.ts';
import { cycleSeconds, ratesOf, toTemplate } from './node-template.ts';
import { createSimulatedAgent } from './simulated-agent.ts';

const startMs = Date.parse('2026-11-21T08:00:00.000Z');

function batchOf(workload: string, second: number, ips: readonly string[]): ObservationBatch {
  return {
    window: { start: new Date(startMs + second * 1000).toISOString(), ms: 1000, elapsed_ms: 1000 },
    candidate: false,
    subject: { cluster: 'c', node: 'n', namespace: 'n', workload },
    rows: ips.map((ip) => ({
      signal: 'tcp.retransmits',
      role: 'client',
      service_port: 8080,
      peer: { kind: 'workload', name: 'netns/x', ip },
      fields: { data_segments: 10, retransmits: 0 },
    })),
  };
}

const batches = Array.from({ length: cycleSeconds }, (_, second) => [
  batchOf('netns/a', second, ['192.0.2.1', '192.0.2.2']),
  batchOf('netns/b', second, ['192.0.2.1', '192.0.2.3', '192.0.2.4', '192.0.2.5']),
]).flat();
const template = toTemplate(batches, startMs);
const layout = createClusterLayout({ nodes: 2, podsPerNode: 30, replicas: 5 });

describe('toTemplate', () => {
  it('knows the rates of the real node', () => {
    expect(template.keysPerPod).toBe(3);
    expect(ratesOf(template)).toEqual({
      rowsPerPod: 3,
      rowsPerKey: 1,
      batchesPerPod: 1,
      wideShare: 0,
      seriesPerKey: 1,
    });
  });
});

describe('a simulated agent', () => {
  it('sends as many rows in a cycle as its template says, each valid and each with a number of its own', () => {
    const agent = createSimulatedAgent(layout, 1, template);
    const events = Array.from({ length: cycleSeconds }, (_, n) => agent.tell(startMs + n * 1000)).flat();
    const rows = events.flatMap(({ data }) => (data as ObservationBatch).rows);
    expect(events).toHaveLength(30 * cycleSeconds);
    expect(rows).toHaveLength(30 * 3 * cycleSeconds);
    expect(new Set(events.map(({ id }) => id)).size).toBe(events.length);
    expect(events.map((event) => validateEvent(event)).filter((fault) => fault !== undefined)).toEqual([]);
  });

  it('speaks as an agent in a cluster does: its own pods by name, their peers by address', () => {
    const [event] = createSimulatedAgent(layout, 1, template).tell(startMs);
    const { subject, rows, window } = event?.data as ObservationBatch;
    expect(subject).toMatchObject({ node: 'node-1', namespace: 'team-0', workload: 'deployment/service-0' });
    expect(rows[0]?.peer).toEqual({ kind: 'external', name: '198.18.0.2', ip: '198.18.0.2' });
    expect(Date.parse(window.start) + window.elapsed_ms).toBe(startMs);
    expect(event?.partitionkey).toBe('scale/team-0/deployment/service-0');
  });
});
