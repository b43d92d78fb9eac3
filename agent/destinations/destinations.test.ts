import { describe, expect, it } from 'vitest';
import type { ObservationRow } from '../../stream/events/observation.ts';
import type { NamedRow } from '../name-rows.ts';
import { destinationName } from './destination-name.ts';
import { createDestinations } from './destinations.ts';

const subject = { cluster: 'c1', node: 'n1', namespace: 'shop', workload: 'netns/checkout' };

function rowOf(row: Partial<ObservationRow>, more: Partial<NamedRow> = {}): NamedRow {
  return {
    subject,
    row: {
      signal: 'tcp.connections',
      role: 'client',
      service_port: 443,
      peer: { kind: 'external', name: 'api.example.com', ip: '203.0.113.9' },
      fields: { established: 1, closed: 0 },
      ...row,
    },
    ...more,
  };
}

describe('destinationName', () => {
  it.each([
    ['api.example.com', '203.0.113.9', 'example.com'],
    ['a1.g.cdn.example.co.uk', '203.0.113.9', 'example.co.uk'],
    ['d111111abcdef8.cloudfront.net', '203.0.113.9', 'cloudfront.net'],
    ['example.com', '203.0.113.9', 'example.com'],
    ['printer.lan', '203.0.113.9', 'printer.lan'],
    ['co.uk', '203.0.113.9', 'co.uk'],
    ['db', '203.0.113.9', 'db'],
    ['203.0.113.9', '203.0.113.9', '203.0.113.0/24'],
    ['2001:db8:1:2::9', '2001:db8:1:2::9', '2001:db8:1::/48'],
  ])('%s at %s is %s', (name, ip, expected) => expect(destinationName({ name, ip })).toBe(expected));
});

describe('net.destinations', () => {
  const { derive } = createDestinations((ip) => ip.startsWith('10.'));

  it('are one row for all hosts and addresses of a registered domain and port', () => {
    const rows = derive([
      rowOf({}),
      rowOf({ signal: 'tcp.traffic', fields: { bytes_sent: 100, bytes_received: 5_000, data_segments: 3 } }),
      rowOf({ peer: { kind: 'external', name: 'login.example.com', ip: '203.0.113.77' } }),
      rowOf({ service_port: 8443 }),
    ]);
    expect(rows.map(({ row }) => row)).toEqual([
      {
        signal: 'net.destinations',
        role: 'client',
        service_port: 443,
        peer: { kind: 'external', name: 'example.com', ip: '203.0.113.9' },
        fields: { contacts: 2, bytes_sent: 100, bytes_received: 5_000 },
        evidence: {
          sockets: [],
          destinations: [
            { name: 'api.example.com', ip: '203.0.113.9', service_port: 443 },
            { name: 'login.example.com', ip: '203.0.113.77', service_port: 443 },
          ],
        },
      },
      expect.objectContaining({ service_port: 8443 }),
    ]);
  });

  it('tell UDP from TCP, and count its bytes once', () => {
    const flow = {
      contacts: 1,
      packets_sent: 3,
      packets_received: 9,
      bytes_sent: 300,
      bytes_received: 9_000,
    };
    const rows = derive([rowOf({}), rowOf({ signal: 'udp.flows', fields: flow })]);
    const host = { name: 'api.example.com', ip: '203.0.113.9', service_port: 443 };
    expect(rows.map(({ row }) => [row.protocol, row.fields, row.evidence?.destinations])).toEqual([
      [undefined, { contacts: 1, bytes_sent: 0, bytes_received: 0 }, [host]],
      ['udp', { contacts: 1, bytes_sent: 300, bytes_received: 9_000 }, [{ ...host, protocol: 'udp' }]],
    ]);
  });

  it('are few for a fan of UDP peers without names, at ports given at random', () => {
    const flows = Array.from({ length: 100 }, (_, n) =>
      rowOf({
        signal: 'udp.flows',
        service_port: 40_000 + n,
        peer: { kind: 'external', name: `11.0.${n}.9`, ip: `11.0.${n}.9` },
        fields: { contacts: 1 },
      }),
    );
    const rows = derive(flows);
    expect(rows).toHaveLength(33);
    expect(rows.at(-1)?.row).toMatchObject({
      service_port: 0,
      protocol: 'udp',
      peer: { name: 'various addresses', ip: '11.0.32.9' },
      fields: { contacts: 68 },
    });
    expect(rows.at(-1)?.row.evidence?.destinations).toHaveLength(16);
    expect(derive(flows)).toHaveLength(33);
  });

  it.each([
    ['a server', { role: 'server' }],
    ['a workload of this machine', { peer: { kind: 'workload', name: 'netns/b', ip: '203.0.113.9' } }],
    ['an address of the own network', { peer: { kind: 'external', name: 'db.example.com', ip: '10.0.0.1' } }],
    ['a connection that merely ended', { fields: { established: 0, closed: 1 } }],
    ['another signal', { signal: 'tcp.retransmits', fields: { retransmits: 1 } }],
  ] satisfies readonly (readonly [string, Partial<ObservationRow>])[])('is none of %s', (_, row) =>
    expect(derive([rowOf(row)])).toEqual([]),
  );

  it('keeps workloads and times apart', () => {
    const other = { ...subject, workload: 'netns/payments' };
    expect(derive([rowOf({}), rowOf({}, { subject: other }), rowOf({}, { sinceMs: 7_000 })])).toHaveLength(3);
  });
});
