import { describe, expect, it } from 'vitest';
import type { ProbeRow } from '../probe.ts';
import { UdpFlowRecord } from './udp-flow-record.ts';
import type { UdpCounters } from './udp-layout.ts';

const key = {
  netns_cookie: 7n,
  cgroup_id: 9n,
  peer: Uint8Array.from([203, 0, 113, 9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
  service_port: 443,
  ip_version: 4,
};

/** `packets` of 100 bytes each way. */
const countersOf = (packets: number, incarnation = 1n): UdpCounters => ({
  incarnation,
  contacts: 1,
  packets_sent: packets,
  packets_received: packets,
  bytes_sent: packets * 100,
  bytes_received: packets * 100,
  netns_inode: 4,
});
const sentIn = (row: ProbeRow | undefined) => row?.fields['bytes_sent'];

describe('UdpFlowRecord', () => {
  it('tells the first contact at once, and then what came in ten seconds together', () => {
    const record = new UdpFlowRecord(key, 10_000);
    expect(record.endWindow(countersOf(3), 5_000)).toEqual({
      signal: 'udp.flows',
      owner: { netnsCookie: 7n, netnsInode: 4, cgroupId: 9n },
      servicePort: 443,
      peerIp: '203.0.113.9',
      role: 'client',
      fields: { contacts: 1, packets_sent: 3, packets_received: 3, bytes_sent: 300, bytes_received: 300 },
      sockets: [],
    });
    expect([6_000, 14_799, 14_800].map((ms) => record.isDue(ms))).toEqual([false, false, true]);
    const gathered = record.endWindow(countersOf(5), 15_000);
    expect(gathered).toMatchObject({ sinceMs: 5_000, fields: { contacts: 0, bytes_sent: 200 } });
  });

  it('is silent while nothing comes, and tells of its own window what comes then', () => {
    const record = new UdpFlowRecord(key, 10_000);
    record.endWindow(countersOf(3), 5_000);
    expect(record.endWindow(countersOf(3), 15_000)).toBeUndefined();
    const later = record.endWindow(countersOf(4), 60_000);
    expect([sentIn(later), later?.sinceMs]).toEqual([100, undefined]);
  });

  it('counts from zero what the kernel had forgotten', () => {
    const record = new UdpFlowRecord(key, 0);
    record.endWindow(countersOf(3), 1_000);
    expect(sentIn(record.endWindow(countersOf(2, 2n), 2_000))).toBe(200);
  });
});
