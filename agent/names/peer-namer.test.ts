import { describe, expect, it } from 'vitest';
import type { Subject } from '../../stream/events/observation.ts';
import { DnsNames } from './dns-names.ts';
import type { HostsFiles } from './hosts-files.ts';
import { createPeerNamer, type LocalOwners } from './peer-namer.ts';

const subject = (workload: string): Subject => ({ cluster: 'c', node: 'n', namespace: 'n', workload });
const client = 7n;

interface Given {
  readonly owners?: Readonly<Record<string, ReturnType<LocalOwners['ownerOf']>>>;
  readonly hosts?: Readonly<Record<string, string>>;
  /** Not surveyed yet. */
  readonly pending?: Set<string>;
}

function create({ owners = {}, hosts = {}, pending = new Set() }: Given = {}) {
  const clock = { ms: 0 };
  const dnsNames = new DnsNames();
  const namer = createPeerNamer({
    node: 'n',
    nowMs: () => clock.ms,
    dnsNames,
    hosts: { nameOf: (_netns: string | undefined, ip: string) => hosts[ip] } as HostsFiles,
    local: {
      ownerOf: (_client, ip) => owners[ip],
      isPending: (ip) => pending.has(ip),
      netnsNameOf: () => undefined,
    },
  });
  const learnName = (name: string, ip: string) =>
    dnsNames.learn(client, { name, addresses: [{ ip, ttlMs: 0 }] }, clock.ms);
  return { namer, clock, learnName };
}

describe('createPeerNamer', () => {
  it('tells loopback, what is no address, and plain addresses', () => {
    const { namer } = create();
    expect(namer.peerOf(client, '127.0.0.1')).toEqual({
      kind: 'loopback',
      name: 'localhost',
      ip: '127.0.0.1',
    });
    expect(namer.peerOf(client, '::1').kind).toBe('loopback');
    expect(namer.peerOf(client, '0.0.0.0')).toEqual({ kind: 'unknown', name: 'any', ip: '0.0.0.0' });
    expect(namer.peerOf(client, 'garbled').kind).toBe('unknown');
    expect(namer.peerOf(client, '::ffff:192.0.2.1')).toEqual({
      kind: 'external',
      name: '192.0.2.1',
      ip: '192.0.2.1',
    });
  });

  it('names what this client looked up, and only for it', () => {
    const { namer, learnName } = create();
    learnName('api.example.com', '203.0.113.9');
    expect(namer.peerOf(client, '203.0.113.9')).toMatchObject({ kind: 'external', name: 'api.example.com' });
    expect(namer.peerOf(8n, '203.0.113.9').name).toBe('203.0.113.9');
  });

  it('falls back to the hosts file', () => {
    const { namer, learnName } = create({ hosts: { '203.0.113.9': 'mail', '203.0.113.8': 'db' } });
    learnName('api.example.com', '203.0.113.9');
    expect(namer.peerOf(client, '203.0.113.9').name).toBe('api.example.com');
    expect(namer.peerOf(client, '203.0.113.8')).toEqual({ kind: 'external', name: 'db', ip: '203.0.113.8' });
  });

  it('names the machine and the workloads on it before hosts files and names without a dot', () => {
    const { namer, learnName } = create({
      owners: {
        '192.0.2.1': { kind: 'node' },
        '192.0.2.2': { kind: 'workload', workload: 'netns/payments' },
      },
      hosts: { '192.0.2.2': 'payments' },
    });
    learnName('payments', '192.0.2.2');
    expect(namer.peerOf(client, '192.0.2.1')).toEqual({ kind: 'node', name: 'n', ip: '192.0.2.1' });
    expect(namer.peerOf(client, '192.0.2.2')).toEqual({
      kind: 'workload',
      name: 'netns/payments',
      workload: 'netns/payments',
      ip: '192.0.2.2',
    });
  });

  it('calls a peer by its address until it is known whether it is of this machine', () => {
    const pending = new Set(['192.0.2.9']);
    const { namer, learnName } = create({ hosts: { '192.0.2.9': 'db' }, pending });
    expect(namer.peerOf(client, '192.0.2.9').name).toBe('192.0.2.9');
    pending.clear();
    expect(namer.peerOf(client, '192.0.2.9').name).toBe('db');
    pending.add('192.0.2.9');
    learnName('api.example.com', '192.0.2.9');
    expect(namer.peerOf(client, '192.0.2.9').name).toBe('api.example.com');
  });

  it('prefers a domain, and still tells which workload here serves it', () => {
    const { namer, learnName } = create({
      owners: { '192.0.2.2': { kind: 'workload', workload: 'netns/payments' } },
    });
    learnName('api.example.com', '192.0.2.2');
    expect(namer.peerOf(client, '192.0.2.2')).toEqual({
      kind: 'external',
      name: 'api.example.com',
      workload: 'netns/payments',
      ip: '192.0.2.2',
    });
  });

  it('learns local addresses from sockets, as long as only one workload has them', () => {
    const { namer, clock } = create();
    namer.learnLocal('::ffff:192.0.2.3', subject('container/aaa'));
    expect(namer.peerOf(client, '192.0.2.3')).toMatchObject({ kind: 'workload', name: 'container/aaa' });
    clock.ms = 1_000;
    namer.learnLocal('192.0.2.3', subject('container/bbb'));
    expect(namer.peerOf(client, '192.0.2.3')).toMatchObject({ kind: 'external', name: '192.0.2.3' });
    clock.ms = 62_000;
    namer.learnLocal('192.0.2.3', subject('container/bbb'));
    expect(namer.peerOf(client, '192.0.2.3')).toMatchObject({ kind: 'workload', name: 'container/bbb' });
    clock.ms += 600_001;
    expect(namer.peerOf(client, '192.0.2.3').kind).toBe('external');
  });
});
