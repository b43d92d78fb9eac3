import { describe, expect, it, vi } from 'vitest';
import { injectFault } from '../../test/lab/faults.ts';
import type { Host } from '../../test/lab/host.ts';
import { whyNoLab } from '../../test/lab/lab-support.ts';
import { createLab } from '../../test/lab/lab.ts';
import { launchClient, startClient, startServer } from '../../test/lab/traffic.ts';
import { probeKernel } from '../bpf/kernel.ts';
import { createTcpProbe } from './tcp-probe.ts';
import { inodeOf, kernelCounter } from './testing/kernel-counter.ts';
import { Tally } from './testing/tally.ts';

const kernel = probeKernel();
const bpfDirectory = new URL('../../bpf', import.meta.url).pathname;
const cannotRun = !kernel.usable || whyNoLab() !== undefined;

function tally(constants: Record<string, number> = {}): Promise<Tally> {
  return new Tally(createTcpProbe({ kernel, bpfDirectory, constants })).start();
}

const retransSegs = (host: Host): Promise<number> => kernelCounter(host, 'snmp', 'Tcp', 'RetransSegs');

/** Both counts of a host at one moment: the kernel's, and what was told since the tally began. */
async function countsOf(counted: Tally, host: Host): Promise<{ kernel: number; told: number }> {
  for (;;) {
    const kernel = await retransSegs(host);
    const told = all(counted.totals({ netnsInode: inodeOf(host) }));
    // A busy machine resends without any fault, too.
    if ((await retransSegs(host)) === kernel) return { kernel, told };
  }
}

async function iperf(from: Host, to: Host, args: readonly string[]): Promise<number> {
  const server = to.spawn('iperf3', ['-s', '-1', '--forceflush']);
  await server.waitForLine((line) => line.includes('listening'), 5_000);
  const report = JSON.parse(await from.runInNetwork('iperf3', ['-J', '-t', '1', ...args])) as {
    end: { sum_sent: { retransmits: number } };
  };
  return report.end.sum_sent.retransmits;
}

const all = (totals: Readonly<Record<string, number>>): number =>
  (totals['retransmits'] ?? 0) + (totals['syn_retransmits'] ?? 0) + (totals['synack_retransmits'] ?? 0);

describe.skipIf(cannotRun)('tcp.retransmits against real traffic', () => {
  for (const family of ['IPv4', 'IPv6'] as const)
    it(`counts ${family} segments sent again exactly as nstat and iperf3 do`, async () => {
      await using lab = await createLab({ hosts: ['sender', 'receiver'] });
      await using counted = await tally();
      const [sender, receiver] = [lab.host('sender'), lab.host('receiver')];
      const address = family === 'IPv4' ? receiver.address4 : receiver.address6;
      await injectFault(receiver, { kind: 'loss', percent: 1 }, {});
      const reported = await iperf(sender, receiver, ['-c', address]);
      const mine = { netnsInode: inodeOf(sender), role: 'client', peerIp: address } as const;
      const totals = counted.totals(mine);
      expect(reported).toBeGreaterThan(10);
      expect(all(totals)).toBe(await retransSegs(sender));
      expect(Math.abs(all(totals) - reported)).toBeLessThanOrEqual(
        // iperf3 says nothing of its control connection and of SYNs.
        5,
      );
      expect(totals['data_segments']).toBeGreaterThan(totals['retransmits'] ?? Infinity);
      expect((totals['fast'] ?? 0) + (totals['rto'] ?? 0) + (totals['tail_loss_probes'] ?? 0)).toBe(
        totals['retransmits'],
      );
      expect(totals['fast']).toBe(await kernelCounter(sender, 'netstat', 'TcpExt', 'TCPFastRetrans'));
      expect(totals['loss_episodes']).toBeGreaterThan(0);
      expect(counted.matching(mine).map((row) => row.servicePort)).not.toContain(0);
      expect(new Set(counted.matching(mine).map((row) => row.servicePort))).toEqual(new Set([5201]));
    });

  it('tells both roles by the server’s port, and IPv4 on a dual-stack listener as IPv4', async () => {
    await using lab = await createLab({ hosts: ['client', 'server'] });
    await using counted = await tally();
    const [client, server] = [lab.host('client'), lab.host('server')];
    await startServer(server, { listen: '::', port: 8443 });
    await startClient(client, { target: server.address4, port: 8443, rate: 50 });
    await startClient(client, { target: server.address6, port: 8443, rate: 50, family: 6 });
    await vi.waitFor(() => {
      const rows = [inodeOf(client), inodeOf(server)].flatMap((netnsInode) =>
        counted.matching({ netnsInode }),
      );
      const keys = new Set(rows.map(({ role, peerIp, servicePort }) => `${role} ${peerIp} ${servicePort}`));
      expect(keys).toEqual(
        new Set([
          `client ${server.address4} 8443`,
          `client ${server.address6} 8443`,
          `server ${client.address4} 8443`,
          `server ${client.address6} 8443`,
        ]),
      );
    }, 5_000);
  });

  it('keeps SYNs and SYN-ACKs sent again outside of the ratio', async () => {
    await using lab = await createLab({ hosts: ['client', 'server'] });
    await using counted = await tally();
    const [client, server] = [lab.host('client'), lab.host('server')];
    await startServer(server);
    {
      // The client hears nothing: its SYNs and the server's SYN-ACKs are sent again.
      await using _deaf = await injectFault(client, { kind: 'outage' }, { from: server });
      launchClient(client, { target: server.address4 });
      await vi.waitFor(() => {
        expect(counted.totals({ netnsInode: inodeOf(server) })['synack_retransmits']).toBeGreaterThan(1);
      }, 8_000);
      const syns = counted.totals({ netnsInode: inodeOf(client) });
      const synAcks = counted.totals({ netnsInode: inodeOf(server) });
      expect(syns).toMatchObject({ retransmits: 0, synack_retransmits: 0 });
      expect(synAcks).toMatchObject({ retransmits: 0, syn_retransmits: 0 });
      expect(syns['syn_retransmits']).toBeGreaterThan(0);
      await vi.waitFor(async () => {
        expect(all(counted.totals({ netnsInode: inodeOf(client) }))).toBe(await retransSegs(client));
        expect(all(counted.totals({ netnsInode: inodeOf(server) }))).toBe(await retransSegs(server));
      }, 5_000);
    }
    // Other traffic of this machine is counted, too.
    const inodes = new Set([inodeOf(client), inodeOf(server)]);
    const mine = counted.candidates.filter(({ owner }) => inodes.has(owner.netnsInode));
    const evidence = mine.flatMap((row) => row.sockets);
    expect(new Set(evidence.map(({ state, cause }) => `${state} ${cause ?? ''}`))).toEqual(
      new Set(['SYN_SENT syn', 'SYN_RECV synack']),
    );
  });

  it('counts stalled sockets during a total outage, and none once the peer answers again', async () => {
    await using lab = await createLab({ hosts: ['client', 'server'] });
    await using counted = await tally();
    const [client, server] = [lab.host('client'), lab.host('server')];
    const mine = { netnsInode: inodeOf(client), role: 'client' } as const;
    await startServer(server);
    const process = await startClient(client, { target: server.address4, connections: 3, rate: 40 });
    {
      await using _outage = await injectFault(server, { kind: 'outage' }, { from: client });
      await vi.waitFor(() => expect(counted.totals(mine)['stalled_sockets']).toBe(3), 8_000);
    }
    await vi.waitFor(() => expect(counted.totals(mine)['stalled_sockets']).toBe(0), 15_000);
    const sockets = counted.candidates.filter((row) => row.owner.netnsInode === mine.netnsInode);
    const evidence = sockets.flatMap((row) => row.sockets).filter(({ cause }) => cause === 'rto');
    expect(evidence[0]).toMatchObject({ state: 'ESTABLISHED', remote: `${server.address4}:8080` });
    expect(evidence.filter(({ pid }) => pid !== undefined)).not.toEqual([]);
    await vi.waitFor(async () => {
      const counts = await countsOf(counted, client);
      expect(counts.told).toBe(counts.kernel);
    }, 5_000);
    await process.stop();
  });

  for (const [name, constants] of [
    ['switched on', {}],
    ['counted by iteration where the kernel cannot switch them on', { sc_leave_older_off: 1 }],
  ] as const)
    it(`sees sockets older than the agent: ${name}`, async () => {
      await using lab = await createLab({ hosts: ['client', 'server'] });
      const [client, server] = [lab.host('client'), lab.host('server')];
      await startServer(server, { port: 8443 });
      await startClient(client, { target: server.address4, port: 8443, connections: 4, rate: 100 });
      await using counted = await tally(constants);
      const before = await countsOf(counted, client);
      {
        await using _loss = await injectFault(server, { kind: 'loss', percent: 8 }, { from: client });
        await vi.waitFor(
          async () => expect((await retransSegs(client)) - before.kernel).toBeGreaterThan(20),
          15_000,
        );
      }
      const mine = { netnsInode: inodeOf(client) };
      await vi.waitFor(async () => {
        const after = await countsOf(counted, client);
        expect(after.told - before.told).toBe(after.kernel - before.kernel);
      }, 10_000);
      const totals = counted.totals(mine);
      expect(totals['data_segments']).toBeGreaterThan(5 * (totals['retransmits'] ?? Infinity));
      const roles = new Set(
        counted
          .matching({ netnsInode: inodeOf(server), peerIp: client.address4 })
          .map(({ role, servicePort }) => `${role} ${servicePort}`),
      );
      expect(roles).toEqual(new Set(['server 8443']));
      expect(
        new Set(counted.matching(mine).map(({ role, servicePort }) => `${role} ${servicePort}`)),
      ).toEqual(new Set(['client 8443']));
    });

  it('counts sockets that were stalled before the agent came', async () => {
    await using lab = await createLab({ hosts: ['client', 'server'] });
    const [client, server] = [lab.host('client'), lab.host('server')];
    await startServer(server);
    await startClient(client, { target: server.address4, connections: 2, rate: 40 });
    await using _outage = await injectFault(server, { kind: 'outage' }, { from: client });
    await vi.waitFor(async () => expect(await retransSegs(client)).toBeGreaterThanOrEqual(8), 10_000);
    // Each time one that was not there before: which of the two sockets timed out how often is the machine's business.
    await vi.waitFor(async () => {
      await using counted = await tally();
      expect(counted.totals({ netnsInode: inodeOf(client) })['stalled_sockets']).toBe(2);
    }, 15_000);
  });

  it('forgets the keys of longest ago when there are too many, and counts that', async () => {
    await using lab = await createLab({ hosts: ['client', 'server'] });
    await using counted = await new Tally(createTcpProbe({ kernel, bpfDirectory, maxKeys: 64 })).start();
    const [client, server] = [lab.host('client'), lab.host('server')];
    // Nobody listens: each SYN is sent again, and each port is a key of its own.
    await using _outage = await injectFault(server, { kind: 'outage' }, {});
    const ports = Array.from({ length: 200 }, (_, index) => 1_000 + index).join(',');
    client.spawn('bash', [
      '-c',
      `for port in {${ports}}; do (exec 3<>/dev/tcp/${server.address4}/$port) 2>/dev/null & done; wait`,
    ]);
    await vi.waitFor(() => expect(counted.health()['keys_created']).toBeGreaterThan(150), 10_000);
    await vi.waitFor(() => expect(counted.health()['keys_evicted']).toBeGreaterThan(80), 10_000);
    expect(counted.health()['keys_refused']).toBe(0);
  });

  it('goes on counting a transfer that spans a restart of the agent', async () => {
    await using lab = await createLab({ hosts: ['client', 'server'] });
    const [client, server] = [lab.host('client'), lab.host('server')];
    await startServer(server);
    await startClient(client, { target: server.address4, connections: 2, rate: 200 });
    for (const life of [1, 2]) {
      await using counted = await tally();
      const before = await countsOf(counted, client);
      {
        await using _loss = await injectFault(server, { kind: 'loss', percent: 5 }, { from: client });
        await vi.waitFor(
          async () => expect((await retransSegs(client)) - before.kernel, `life ${life}`).toBeGreaterThan(5),
          15_000,
        );
      }
      await vi.waitFor(async () => {
        const after = await countsOf(counted, client);
        expect(after.told - before.told).toBe(after.kernel - before.kernel);
      }, 10_000);
    }
  });
});
