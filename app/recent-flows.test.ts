import { describe, expect, it } from 'vitest';
import type { ObservationBatch } from '../stream/events/observation.ts';
import { RecentFlows } from './recent-flows.ts';

function batch(workload: string, peerName: string, ip: string, port = 443): ObservationBatch {
  return {
    window: { start: '2026-11-21T08:00:00.000Z', ms: 1000, elapsed_ms: 1000 },
    candidate: false,
    subject: { cluster: 'c', node: 'n', namespace: 'n', workload, netns_cookie: '7' },
    rows: [
      {
        signal: 'tcp.retransmits',
        role: 'client',
        service_port: port,
        peer: { kind: 'external', name: peerName, ip },
        fields: {},
      },
    ],
  };
}

describe('RecentFlows', () => {
  it('finds by full or short workload name, by peer name or address, with all addresses of the peer', () => {
    const flows = new RecentFlows(10);
    flows.note(batch('netns/checkout', 'api.example.com', '203.0.113.9'));
    flows.note(batch('netns/checkout', 'api.example.com', '203.0.113.10'));
    flows.note(batch('netns/other', 'api.example.com', '203.0.113.11'));
    expect(flows.find({ workload: 'checkout', peer: 'api.example.com' })?.peer_ips).toEqual([
      '203.0.113.10',
      '203.0.113.9',
    ]);
    expect(
      flows.find({ workload: 'netns/checkout', peer: '203.0.113.9', service_port: 443 })?.peer_ips,
    ).toEqual(['203.0.113.9']);
    expect(flows.find({ workload: 'checkout', peer: 'api.example.com', service_port: 80 })).toBeUndefined();
  });

  it('keeps the latest', () => {
    const flows = new RecentFlows(1);
    flows.note(batch('netns/a', 'x', '203.0.113.1'));
    flows.note(batch('netns/b', 'y', '203.0.113.2'));
    expect(flows.known(10)).toEqual(['netns/b → y:443']);
  });
});
