import { describe, expect, it } from 'vitest';
import type { CaptureSelector } from '../../stream/events/capture.ts';
import { createFlowMatcher, peerAddresses } from './flow-matcher.ts';
import { packetSlot, type TcpPacketPlan } from './testing/tcp-packet.ts';

const selector: CaptureSelector = {
  subject: { cluster: 'c', node: 'n', namespace: 'n', workload: 'netns/a', netns_cookie: '7' },
  peer: { kind: 'service', name: 'b', ip: '192.0.2.2' },
  peer_ips: ['192.0.2.2', '2001:db8::2'],
  role: 'client',
  service_port: 8080,
};
const slot = (plan: Partial<TcpPacketPlan> & { socketState?: number }) =>
  packetSlot({ atMs: 0, direction: 'out', ...plan });
const listening = 10;

describe('createFlowMatcher', () => {
  it('matches peer, port and role in both directions and both families', () => {
    const matcher = createFlowMatcher(selector);
    expect(matcher.matches(slot({}))).toBe(true);
    expect(matcher.matches(slot({ direction: 'in' }))).toBe(true);
    expect(matcher.matches(slot({ local: '2001:db8::1', remote: '2001:db8::2', socketCookie: 71n }))).toBe(
      true,
    );
    expect(matcher.matches(slot({ remote: '192.0.2.3', socketCookie: 72n }))).toBe(false);
    expect(matcher.matches(slot({ remotePort: 8081, socketCookie: 73n }))).toBe(false);
    expect(matcher.matches(slot({ remotePort: 40_000, localPort: 8080, socketCookie: 74n }))).toBe(false);
  });

  it('matches the local port where the subject serves', () => {
    const matcher = createFlowMatcher({ ...selector, role: 'server' });
    expect(matcher.matches(slot({ localPort: 8080, remotePort: 40_000 }))).toBe(true);
    expect(matcher.matches(slot({ localPort: 40_000, remotePort: 8080, socketCookie: 71n }))).toBe(false);
  });

  it('learns the socket of a connection, and finds its translated direction', () => {
    const matcher = createFlowMatcher(selector);
    const translated = slot({ remote: '198.51.100.1', remotePort: 9090, direction: 'out' });
    expect(matcher.matches(translated)).toBe(false);
    expect(matcher.matches(slot({ direction: 'in' }))).toBe(true);
    expect(matcher.oneSidedSockets()).toBe(1);
    expect(matcher.matches(translated)).toBe(true);
    matcher.matches(slot({ direction: 'out' }));
    expect(matcher.oneSidedSockets()).toBe(0);
  });

  it('leaves out the same flow of another pod on the node', () => {
    const matcher = createFlowMatcher(selector);
    expect(matcher.matches(slot({ netnsCookie: 8n }))).toBe(false);
    expect(matcher.matches(slot({}))).toBe(true);
    expect(matcher.matches(slot({ netnsCookie: 8n }))).toBe(false);
  });

  it('does not learn a listener, which answers everybody', () => {
    const matcher = createFlowMatcher({ ...selector, role: 'server' });
    const syn = { direction: 'in', localPort: 8080, remotePort: 40_000, socketState: listening } as const;
    expect(matcher.matches(slot(syn))).toBe(true);
    expect(matcher.matches(slot({ ...syn, remote: '192.0.2.99' }))).toBe(false);
  });

  it('takes port 0 for every port, an unknown namespace for any, and leaves out what is no address', () => {
    const subject = { cluster: 'c', node: 'n', namespace: 'n', workload: 'w' };
    const matcher = createFlowMatcher({
      ...selector,
      subject,
      service_port: 0,
      peer_ips: ['nonsense', '192.0.2.2'],
    });
    expect(matcher.netnsCookie).toBeUndefined();
    expect(matcher.matches(slot({ remotePort: 1234 }))).toBe(true);
    expect(peerAddresses({ ...selector, peer_ips: ['nonsense'] })).toEqual([]);
    expect(peerAddresses({ ...selector, peer_ips: [] }).length).toBe(1);
  });
});
