import { describe, expect, it } from 'vitest';
import { evidenceSchema, type Evidence, type SocketEvidence } from '../stream/events/observation.ts';
import { mergeEvidence } from './merge-evidence.ts';

const socket = (port: number): SocketEvidence => ({
  local: `192.0.2.1:${port}`,
  remote: '198.51.100.2:443',
  state: 'ESTABLISHED',
});
const lookup = (name: string, count: number, latency_us?: number) => ({
  name,
  type: 'A',
  outcome: 'SERVFAIL',
  count,
  ...(latency_us !== undefined && { latency_us }),
});

describe('mergeEvidence', () => {
  it('names each workload once, and sixteen at most', () => {
    const of = (...workloads: string[]) => ({ sockets: [], workloads });
    expect(mergeEvidence(of('a', 'b'), of('b', 'c')).workloads).toEqual(['a', 'b', 'c']);
    const many = Array.from({ length: 20 }, (_, n) => `netns/${n}`);
    expect(mergeEvidence(of('a'), of(...many)).workloads).toEqual(['a', ...many.slice(0, 15)]);
    expect(mergeEvidence({ sockets: [] }, { sockets: [] })).toEqual({ sockets: [] });
  });

  it('takes what there is when nothing was known', () =>
    expect(mergeEvidence(null, { sockets: [socket(1)] })).toEqual({ sockets: [socket(1)] }));

  it('keeps the sockets of the newest look that names any', () => {
    const known: Evidence = { sockets: [socket(1)] };
    expect(mergeEvidence(known, { sockets: [] }).sockets).toEqual([socket(1)]);
    expect(mergeEvidence(known, { sockets: [socket(2)] }).sockets).toEqual([socket(2)]);
  });

  it('counts lookups up and tells the most frequent first, each with its slowest answer', () => {
    const known: Evidence = { sockets: [], lookups: [lookup('a.test', 3, 900), lookup('b.test', 2)] };
    const merged = mergeEvidence(known, {
      sockets: [],
      lookups: [lookup('b.test', 2, 50), lookup('c.test', 1)],
    });
    expect(merged.lookups).toEqual([lookup('b.test', 4, 50), lookup('a.test', 3, 900), lookup('c.test', 1)]);
  });

  it('tells the phases of the slowest request', () => {
    const request = (total: number, detail: string) => ({
      target: '/readyz',
      outcome: '200',
      count: 1,
      phases_us: { total },
      detail,
    });
    const merged = mergeEvidence(
      { sockets: [], requests: [request(900, 'slow')] },
      { sockets: [], requests: [request(20, 'fast')] },
    );
    expect(merged.requests).toEqual([{ ...request(900, 'slow'), count: 2 }]);
  });

  it('never outgrows what a transition may carry', () => {
    let merged: Evidence = { sockets: [] };
    for (let i = 0; i < 100; i++)
      merged = mergeEvidence(merged, {
        sockets: [],
        lookups: [lookup(`${i}.test`, i + 1)],
        requests: [{ target: `/${i}`, outcome: '500', count: 1 }],
        destinations: [{ name: `${i}.test`, ip: '203.0.113.9', service_port: 443 }],
      });
    expect(evidenceSchema.parse(merged)).toEqual(merged);
    expect(merged.lookups?.[0]?.name).toBe('99.test');
    expect(merged.destinations?.[0]?.name).toBe('0.test');
  });
});
