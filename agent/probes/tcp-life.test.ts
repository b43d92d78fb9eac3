import { describe, expect, it, vi } from 'vitest';
import { injectFault } from '../../test/lab/faults.ts';
import type { Host } from '../../test/lab/host.ts';
import { whyNoLab } from '../../test/lab/lab-support.ts';
import { createLab } from '../../test/lab/lab.ts';
import { startClient, startServer } from '../../test/lab/traffic.ts';
import { probeKernel } from '../bpf/kernel.ts';
import { systemClock, type AgentClock } from '../clock.ts';
import { ManualClock } from '../testing/manual-clock.ts';
import { createTcpProbe } from './tcp-probe.ts';
import { inodeOf, kernelCounter } from './testing/kernel-counter.ts';
import { Tally } from './testing/tally.ts';

const kernel = probeKernel();
const bpfDirectory = new URL('../../bpf', import.meta.url).pathname;
/** iperf3's other connection carries parameters and results as text. */
const controlBytes = 20_000;
const cannotRun = !kernel.usable || whyNoLab() !== undefined;

function tally(signal: string, clock: AgentClock = systemClock): Promise<Tally> {
  return new Tally(createTcpProbe({ kernel, bpfDirectory, quietGapMs: 0 }), signal, clock).start();
}

const snmp = (host: Host, name: string): Promise<number> => kernelCounter(host, 'snmp', 'Tcp', name);

/** Connects `times` times, one after the other, whatever comes of it. */
function connectOften(host: Host, address: string, port: number, times: number): Promise<string> {
  return host.runInNetwork('bash', [
    '-c',
    `for _ in $(seq ${times}); do (exec 3<>/dev/tcp/${address}/${port}) 2>/dev/null; done; true`,
  ]);
}

/** Runs a few lines of JavaScript as a process of the host. */
async function runScript(host: Host, script: string): Promise<void> {
  const { code } = await host.spawn(process.execPath, ['-e', script]).exited;
  if (code !== 0) throw new Error(`script ended with ${code}`);
}

describe.skipIf(cannotRun)('connections against real traffic', () => {
  it('counts those opened and accepted as nstat does, open ones, and the time of their handshakes', async () => {
    await using lab = await createLab({ hosts: ['client', 'server'] });
    await using counted = await tally('tcp.connections');
    const [client, server] = [lab.host('client'), lab.host('server')];
    await startServer(server);
    const process = await startClient(client, {
      target: server.address4,
      connections: 3,
      rate: 50,
      requestsPerConnection: 5,
    });
    await vi.waitFor(async () => expect(await snmp(client, 'ActiveOpens')).toBeGreaterThan(30), 8_000);
    const levels = () => counted.matching({ netnsInode: inodeOf(client) }).at(-1)?.fields['open_sockets'];
    expect(levels()).toBeLessThanOrEqual(3);
    await process.stop();
    await vi.waitFor(async () => {
      const opened = counted.totals({ netnsInode: inodeOf(client), role: 'client' });
      const accepted = counted.totals({ netnsInode: inodeOf(server), role: 'server' });
      expect(opened['established']).toBe(await snmp(client, 'ActiveOpens'));
      expect(accepted['established']).toBe(await snmp(server, 'PassiveOpens'));
      expect(opened['closed']).toBe(opened['established']);
      expect(accepted['closed']).toBe(accepted['established']);
      expect(levels()).toBe(0);
      expect(opened['handshakes']).toBe(opened['established']);
      expect((opened['handshake_us'] ?? 0) / (opened['handshakes'] ?? 1)).toBeGreaterThan(1);
    }, 5_000);
  });

  it('counts bytes as iperf3 does', async () => {
    await using lab = await createLab({ hosts: ['sender', 'receiver'] });
    await using counted = await tally('tcp.traffic');
    const [sender, receiver] = [lab.host('sender'), lab.host('receiver')];
    // What is sent again is no traffic.
    await injectFault(receiver, { kind: 'loss', percent: 0.5 }, {});
    const listening = receiver.spawn('iperf3', ['-s', '-1', '--forceflush']);
    await listening.waitForLine((line) => line.includes('listening'), 5_000);
    const report = JSON.parse(
      await sender.runInNetwork('iperf3', ['-J', '-n', '20M', '-c', receiver.address6]),
    ) as { end: { sum_sent: { bytes: number }; sum_received: { bytes: number } } };
    await vi.waitFor(() => {
      const sent = counted.totals({ netnsInode: inodeOf(sender), role: 'client' })['bytes_sent'] ?? 0;
      const received =
        counted.totals({ netnsInode: inodeOf(receiver), role: 'server' })['bytes_received'] ?? 0;
      // iperf3 counts what its program has written, and its receiver hangs up with data under way, which the two ends
      // count differently.
      for (const bytes of [sent, received]) {
        expect(bytes).toBeGreaterThanOrEqual(report.end.sum_received.bytes);
        expect(bytes).toBeLessThan(report.end.sum_sent.bytes + controlBytes);
      }
    }, 5_000);
  });

  it('tells what a socket receives that sends nothing, while it goes on', async () => {
    await using lab = await createLab({ hosts: ['sender', 'receiver'] });
    const [sender, receiver] = [lab.host('sender'), lab.host('receiver')];
    const clock = new ManualClock();
    await using counted = await tally('tcp.traffic', clock);
    receiver.spawn(process.execPath, [
      '-e',
      "require('net').createServer((s) => s.resume()).listen(9000, '::')",
    ]);
    sender.spawn(process.execPath, [
      '-e',
      `(function send() { const s = require('net').connect(9000, '${receiver.address4}', () => s.write(Buffer.alloc(50_000)));
       s.on('error', () => setTimeout(send, 50)); })()`,
    ]);
    await vi.waitFor(() => {
      clock.advance(10_000);
      expect(counted.totals({ netnsInode: inodeOf(receiver) })['bytes_received']).toBe(50_000);
    }, 8_000);
  });

  it('tells the smallest round trip that ss shows, though acknowledgements are delayed', async () => {
    await using lab = await createLab({ hosts: ['client', 'server'] });
    await using counted = await tally('tcp.rtt');
    const [client, server] = [lab.host('client'), lab.host('server')];
    await startServer(server);
    const process = await startClient(client, { target: server.address4, connections: 1, rate: 50 });
    await vi.waitFor(() => {
      const samples = counted.totals({ netnsInode: inodeOf(client) })['rtt_samples'] ?? 0;
      expect(samples).toBeGreaterThan(50);
    }, 5_000);
    const shownUs = async (): Promise<number> => {
      const shown = await client.runInNetwork('ss', ['-tin', 'dst', server.address4]);
      return Math.round(Number(/minrtt:([\d.]+)/.exec(shown)?.[1]) * 1_000);
    };
    // It only ever falls, and a socket adds up ten times a second: what is told lies between two looks of ss.
    const beforeUs = await shownUs();
    await vi.waitFor(async () => {
      const rows = counted.matching({ netnsInode: inodeOf(client) });
      const toldUs = Math.min(...rows.map(({ fields }) => fields['min_rtt_us'] ?? Infinity));
      expect(toldUs).toBeLessThanOrEqual(beforeUs);
      expect(toldUs).toBeGreaterThanOrEqual(await shownUs());
    }, 5_000);
    await process.stop();
  });
});

describe.skipIf(cannotRun)('failed attempts against real traffic', () => {
  it('are told at once by cause, as many as nstat has', async () => {
    await using lab = await createLab({ hosts: ['client', 'server'] });
    await using counted = await tally('tcp.connect_failures');
    const [client, server] = [lab.host('client'), lab.host('server')];
    await connectOften(client, server.address4, 81, 12);
    const mine = { netnsInode: inodeOf(client) };
    await vi.waitFor(async () => {
      expect(counted.totals(mine)).toMatchObject({ attempts: 12, failures: 12, refused: 12 });
      expect(await snmp(client, 'AttemptFails')).toBe(12);
    }, 3_000);
    const evidence = counted.candidates
      .filter(({ owner }) => owner.netnsInode === mine.netnsInode)
      .flatMap(({ sockets }) => sockets);
    expect(evidence[0]).toMatchObject({
      remote: `${server.address4}:81`,
      state: 'SYN_SENT',
      cause: 'refused',
    });
  });

  it('tell a silent peer and a missing one apart, and who merely changed its mind', async () => {
    await using lab = await createLab({ hosts: ['client', 'server'] });
    await using counted = await tally('tcp.connect_failures');
    const [client, server] = [lab.host('client'), lab.host('server')];
    const mine = { netnsInode: inodeOf(client) };
    {
      await using _outage = await injectFault(server, { kind: 'outage' }, { from: client });
      await client.runInNetwork('sysctl', ['-qw', 'net.ipv4.tcp_syn_retries=1']);
      await client.runInNetwork('sysctl', ['-qw', 'net.ipv4.tcp_syn_linear_timeouts=0']);
      await connectOften(client, server.address4, 80, 1);
      await client.runInNetwork('sysctl', ['-qw', 'net.ipv4.tcp_syn_retries=6']);
      const giveUpAfter = (ms: number) =>
        runScript(
          client,
          `const s = require('net').connect(80, '${server.address4}'); s.on('error', () => undefined);
           setTimeout(() => s.destroy(), ${ms})`,
        );
      await giveUpAfter(1_500);
      await giveUpAfter(100);
    }
    await vi.waitFor(
      () =>
        expect(counted.totals(mine)).toMatchObject({ attempts: 2, timed_out: 1, given_up: 1, failures: 2 }),
      3_000,
    );
  });

  it('of a port scan make few keys and no candidates', async () => {
    await using lab = await createLab({ hosts: ['client', 'server'] });
    await using counted = await tally('tcp.connect_failures');
    const [client, server] = [lab.host('client'), lab.host('server')];
    await client.runInNetwork('bash', [
      '-c',
      `for port in $(seq 2000 2999); do (exec 3<>/dev/tcp/${server.address4}/$port) 2>/dev/null; done; true`,
    ]);
    const mine = { netnsInode: inodeOf(client) };
    await vi.waitFor(() => expect(counted.totals(mine)).toMatchObject({ refused: 1_000 }), 5_000);
    const ports = new Set(counted.matching(mine).map(({ servicePort }) => servicePort));
    expect(ports.size).toBeLessThan(500);
    expect(counted.health()['failures_without_port']).toBeGreaterThan(400);
    const told = counted.candidates.filter(({ owner }) => owner.netnsInode === mine.netnsInode);
    expect(new Set(told.map(({ servicePort }) => servicePort))).toEqual(new Set([0]));
  });
});

describe.skipIf(cannotRun)('resets against real traffic', () => {
  it('tells connections that are cut in the middle, at both ends, as many as nstat has', async () => {
    await using lab = await createLab({ hosts: ['client', 'server'] });
    await using counted = await tally('tcp.resets');
    const [client, server] = [lab.host('client'), lab.host('server')];
    await startServer(server);
    const process = await startClient(client, { target: server.address4, connections: 4, rate: 50 });
    await vi.waitFor(async () => expect(await snmp(client, 'CurrEstab')).toBe(4), 5_000);
    {
      await using _reset = await injectFault(server, { kind: 'reset' }, { from: client });
      await vi.waitFor(() => {
        const { received = 0, mid_exchange = 0 } = counted.totals({ netnsInode: inodeOf(client) });
        expect(received).toBe(4);
        // One is cut between two requests when what met the reset was the acknowledgement of an answer.
        expect(mid_exchange).toBeGreaterThan(0);
      }, 5_000);
    }
    await process.stop();
    await vi.waitFor(async () => {
      const mine = counted.totals({ netnsInode: inodeOf(client) });
      const ends = (mine['received'] ?? 0) + (mine['aborted'] ?? 0) + (mine['aborted_unread'] ?? 0);
      expect(ends).toBe(await snmp(client, 'EstabResets'));
    }, 3_000);
    await vi.waitFor(() => {
      const mine = counted.candidates.find(({ owner }) => owner.netnsInode === inodeOf(client));
      expect(mine?.sockets[0]).toMatchObject({ state: 'ESTABLISHED', cause: 'reset' });
    }, 3_000);
  });

  it('takes a health check that hangs up and the end of an idle connection for nothing', async () => {
    await using lab = await createLab({ hosts: ['client', 'server'] });
    await using counted = await tally('tcp.resets');
    const [client, server] = [lab.host('client'), lab.host('server')];
    await startServer(server);
    const resets = 6;
    await runScript(
      client,
      `let left = ${resets}; (function next() { if (left-- === 0) return;
       const s = require('net').connect(8080, '${server.address4}', () => { s.resetAndDestroy(); setTimeout(next, 20); });
      })()`,
    );
    await vi.waitFor(async () => {
      expect(counted.totals({ netnsInode: inodeOf(client) })).toMatchObject({ aborted: resets });
      expect(await snmp(client, 'OutRsts')).toBe(resets);
      const heard = counted.totals({ netnsInode: inodeOf(server) });
      expect(heard).toMatchObject({ received: resets, mid_exchange: 0, closed: resets });
    }, 3_000);
    const mine = new Set([inodeOf(client), inodeOf(server)]);
    expect(counted.candidates.filter(({ owner }) => mine.has(owner.netnsInode))).toEqual([]);
  });
});
