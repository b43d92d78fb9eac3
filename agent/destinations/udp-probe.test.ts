import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Host } from '../../test/lab/host.ts';
import { whyNoLab } from '../../test/lab/lab-support.ts';
import { createLab, type Lab } from '../../test/lab/lab.ts';
import { programPath } from '../../test/lab/program-path.ts';
import { probeKernel } from '../bpf/kernel.ts';
import { systemClock } from '../clock.ts';
import { netnsInodeAt } from '../names/named-netns.ts';
import type { ProbeRow } from '../probe.ts';
import { createUdpProbe, type UdpProbeOptions } from './udp-probe.ts';

const kernel = probeKernel();
const bpfDirectory = new URL('../../bpf', import.meta.url).pathname;
const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };
const cleanUps: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).toReversed()) await cleanUp();
});

async function startProbe(options: Partial<UdpProbeOptions> = {}) {
  const probe = createUdpProbe({ kernel, bpfDirectory, gapMs: 0, ...options });
  const start = await probe.start({ clock: systemClock, logger: quiet, onCandidate: () => undefined });
  expect(start).toEqual({ attached: true, notes: [] });
  cleanUps.push(() => probe.stop());
  return probe;
}

async function startPair(): Promise<Lab> {
  const lab = await createLab({ hosts: ['client', 'server'] });
  cleanUps.push(() => lab[Symbol.asyncDispose]());
  return lab;
}

async function serve(host: Host, port: number): Promise<void> {
  const talker = host.spawnProgram(programPath(import.meta.url, './testing/udp-talker'), [
    ...['--serve', String(port), '--type', 'udp6'],
  ]);
  await talker.waitForLine((line) => line.includes('"listening"'), 30_000);
}

/** Resolves once everything was echoed. */
async function talk(host: Host, args: readonly string[]): Promise<void> {
  const talker = host.spawnProgram(programPath(import.meta.url, './testing/udp-talker'), args);
  await talker.waitForLine((line) => line.includes('"done"'), 30_000);
}

const rowsOf = (rows: readonly ProbeRow[], host: Host): readonly ProbeRow[] => {
  const inode = netnsInodeAt(`/run/netns/${host.namespace}`);
  return rows.filter(({ owner }) => owner.netnsInode === inode);
};

describe.skipIf(!kernel.usable || whyNoLab() !== undefined)('the UDP probe on real datagrams', () => {
  it.each([
    ['IPv4, unconnected', 'address4', '', ['--type', 'udp4']],
    ['IPv4, connected', 'address4', '', ['--type', 'udp4', '--connected']],
    ['IPv6, unconnected', 'address6', '', ['--type', 'udp6']],
    ['IPv6, connected', 'address6', '', ['--type', 'udp6', '--connected']],
    ['v4-mapped, unconnected', 'address4', '::ffff:', ['--type', 'udp6']],
    ['v4-mapped, connected', 'address4', '::ffff:', ['--type', 'udp6', '--connected']],
  ] as const)('counts what a client sends and gets, over %s', async (_, family, prefix, flags) => {
    const lab = await startPair();
    const [client, server] = [lab.host('client'), lab.host('server')];
    await serve(server, 443);
    const probe = await startProbe();
    const ip = server[family];
    await talk(client, [
      '--target',
      `${prefix}${ip}`,
      '--count',
      '20',
      '--bytes',
      '700',
      '--sockets',
      '3',
      ...flags,
    ]);
    const rows = probe.collect();
    expect(rowsOf(rows, client)).toMatchObject([
      {
        signal: 'udp.flows',
        role: 'client',
        servicePort: 443,
        peerIp: ip,
        fields: {
          contacts: 3,
          packets_sent: 60,
          packets_received: 60,
          bytes_sent: 42_000,
          bytes_received: 42_000,
        },
      },
    ]);
    expect(rowsOf(rows, server)).toEqual([]);
    expect(rowsOf(probe.collect(), client)).toEqual([]);
  });

  it.each([443, 40_000])('says nothing of a server at port %d, whoever its clients are', async (port) => {
    const lab = await startPair();
    const [client, server] = [lab.host('client'), lab.host('server')];
    const probe = await startProbe();
    await serve(server, port);
    const target = ['--target', server.address4, '--port', String(port), '--count', '2'];
    await talk(client, [...target, '--sockets', '50']);
    // From a low port, as through a gateway that translates.
    await talk(client, [...target, '--local', '2000']);
    const rows = probe.collect();
    expect(rowsOf(rows, server)).toEqual([]);
    // From port 2000 to 40000 goes what answers, as far as ports can tell: the price of the server's silence.
    const contacts = port === 443 ? 51 : 50;
    expect(rowsOf(rows, client)).toMatchObject([{ servicePort: port, fields: { contacts } }]);
    expect(probe.health().counters).toMatchObject({ keys_refused: 0, sockets_refused: 0, keys_malformed: 0 });
  });

  it('tells one that both ends use the same port of, at the end that sends first', async () => {
    const lab = await startPair();
    const [client, server] = [lab.host('client'), lab.host('server')];
    const probe = await startProbe();
    await serve(server, 51_820);
    await talk(client, [
      '--target',
      server.address6,
      '--port',
      '51820',
      '--local',
      '51820',
      '--type',
      'udp6',
    ]);
    const rows = probe.collect();
    expect(rowsOf(rows, client)).toMatchObject([{ servicePort: 51_820, fields: { contacts: 1 } }]);
    expect(rowsOf(rows, server)).toEqual([]);
  });

  it('goes on with a client that is older than it, and not with its server', async () => {
    const lab = await startPair();
    const [client, server] = [lab.host('client'), lab.host('server')];
    await serve(server, 443);
    const flags = ['--target', server.address4, '--count', '100000', '--bytes', '10', '--gap-ms', '20'];
    client.spawnProgram(programPath(import.meta.url, './testing/udp-talker'), flags);
    const probe = await startProbe();
    await vi.waitFor(() => {
      const rows = probe.collect();
      expect(rowsOf(rows, server)).toEqual([]);
      expect(rowsOf(rows, client)).toMatchObject([{ servicePort: 443 }]);
    }, 20_000);
  });

  it('is bounded, counts what had to go, and begins anew with what comes back', async () => {
    const lab = await startPair();
    const [client, server] = [lab.host('client'), lab.host('server')];
    const probe = await startProbe({ maxKeys: 64 });
    const fan = ['--target', server.address4, '--port', '1000', '--ports', '1000', '--count', '1'];
    for (let round = 0; round < 2; round++) {
      await talk(client, fan);
      const rows = rowsOf(probe.collect(), client);
      expect(rows.length).toBeGreaterThan(0);
      expect(rows.length).toBeLessThanOrEqual(64);
      expect(rows.every(({ fields }) => fields['packets_sent'] === 1)).toBe(true);
    }
    const { counters, mapFullness } = probe.health();
    expect(counters).toMatchObject({ keys_refused: 0 });
    expect(counters['keys_evicted']).toBeGreaterThan(1_900);
    expect(mapFullness['peers']).toBeLessThanOrEqual(1);
  });

  it('leaves nothing behind, and is refused where there is no eBPF', async () => {
    const probe = await startProbe();
    await probe.stop();
    expect(probe.collect()).toEqual([]);
    const none = createUdpProbe({ kernel: { ...kernel, usable: false }, bpfDirectory });
    const start = await none.start({ clock: systemClock, logger: quiet, onCandidate: () => undefined });
    expect(start.attached).toBe(false);
  });
});
