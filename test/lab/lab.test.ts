import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createLab } from './lab.ts';
import { injectBothWays, injectFault } from './faults.ts';
import { burst, ramp } from './fault-schedule.ts';
import { limitRate } from './rate-limit.ts';
import { launchClient, startClient, startDns, startInjector, startServer } from './traffic.ts';
import { whyNoLab } from './lab-support.ts';

const client = (target: string) => ({ target, connections: 5, rate: 40 });

/** Segments that this host's kernel has sent again (nstat's TcpRetransSegs). */
async function retransmitsOf(host: {
  runInNetwork(c: string, a: readonly string[]): Promise<string>;
}): Promise<number> {
  const text = await host.runInNetwork('cat', ['/proc/net/snmp']);
  const [names, values] = text.split('\n').filter((line) => line.startsWith('Tcp:'));
  const column = names?.split(' ').indexOf('RetransSegs') ?? -1;
  return Number(values?.split(' ')[column]);
}

describe.skipIf(whyNoLab() !== undefined)('lab', () => {
  it('joins hosts over IPv4 and IPv6, resolves names, and leaves nothing behind', async () => {
    const lab = await createLab({
      hosts: [
        'checkout',
        'payments',
        'resolver',
        { name: 'api', address4: '203.0.113.10', address6: '2001:db8:f::10' },
      ],
      resolver: '192.0.2.12',
    });
    const namespaces = [lab.router, ...lab.hosts].map((host) => host.namespace);
    {
      await using _lab = lab;
      const checkout = lab.host('checkout');
      await startDns(lab.host('resolver'), { 'api.example.com': ['203.0.113.10', '2001:db8:f::10'] });
      const server = await startServer(lab.host('payments'));
      await startServer(lab.host('api'), { port: 443 });
      const over4 = await startClient(checkout, client(lab.host('payments').address4));
      const over6 = await startClient(checkout, { ...client('payments'), family: 6 });
      const external = await startClient(checkout, { ...client('api.example.com'), family: 4, port: 443 });
      await server.waitForLine(
        (line) => Number((JSON.parse(line) as { requests?: number }).requests) > 300,
        10_000,
      );
      expect(over4.lines[0]).toBe('{"connected":"192.0.2.11"}');
      expect(over6.lines[0]).toBe('{"connected":"2001:db8::b"}');
      expect(external.lines[0]).toBe('{"connected":"203.0.113.10"}');
      expect(namespaces.map((name) => existsSync(`/run/netns/${name}`))).not.toContain(false);
    }
    expect(namespaces.map((name) => existsSync(`/run/netns/${name}`))).not.toContain(true);
    expect(namespaces.map((name) => existsSync(`/etc/netns/${name}`))).not.toContain(true);
  });

  it('removes the lab of an owner that was killed, and only that', async () => {
    await using mine = await createLab({ hosts: ['checkout'] });
    const script = `import { mkdtempSync } from 'node:fs';
      import { createLab } from ${JSON.stringify(new URL('./lab.ts', import.meta.url).href)};
      const folder = mkdtempSync('/tmp/saccade-lab-test-');
      const lab = await createLab({ hosts: ['orphan'], folders: [folder] });
      lab.host('orphan').spawn('sleep', ['100']);
      process.stdout.write(lab.host('orphan').namespace + ' ' + folder, () => process.kill(process.pid, 'SIGKILL'));`;
    const killed = spawnSync(process.execPath, ['--input-type=module-typescript', '-e', script], {
      encoding: 'utf8',
    });
    expect(killed.signal).toBe('SIGKILL');
    const [namespace = '?', folder = '?'] = killed.stdout.split(' ');
    expect([existsSync(`/run/netns/${namespace}`), existsSync(folder)]).toEqual([true, true]);
    await using _next = await createLab({ hosts: ['checkout'] });
    expect([existsSync(`/run/netns/${namespace}`), existsSync(folder)]).toEqual([false, false]);
    expect(existsSync(`/run/netns/${mine.host('checkout').namespace}`)).toBe(true);
  });

  it('gives labs that are looked at together addresses of their own', async () => {
    const options = { hosts: ['checkout', 'payments'], distinctAddresses: true };
    await using first = await createLab(options);
    await using second = await createLab(options);
    expect(first.host('payments').address4).not.toBe(second.host('payments').address4);
    await startServer(second.host('payments'));
    const { lines } = await startClient(second.host('checkout'), client('payments'));
    expect(lines[0]).toMatch(/"connected":"(192|2001)/);
  });

  it('loses packets one way, counted, and the sender sends them again', async () => {
    await using lab = await createLab({ hosts: ['checkout', 'payments', 'search'] });
    const [checkout, payments] = [lab.host('checkout'), lab.host('payments')];
    await startServer(payments);
    await startClient(checkout, client('payments'));
    const loss = await injectFault(payments, { kind: 'loss', percent: 10 }, { from: checkout });
    const other = await injectFault(payments, { kind: 'outage' }, { from: lab.host('search') });
    await expect.poll(() => retransmitsOf(checkout), { timeout: 10_000 }).toBeGreaterThan(5);
    const { matched, dropped } = await loss.clear();
    expect(dropped).toBeGreaterThan(5);
    expect(dropped).toBeLessThan(matched / 2);
    expect(await other.clear()).toEqual({ matched: 0, dropped: 0 });
  });

  it('injects from a process of its own, which heals the network when it ends', async () => {
    await using lab = await createLab({ hosts: ['checkout', 'payments'] });
    const [checkout, payments] = [lab.host('checkout'), lab.host('payments')];
    await startServer(payments);
    await startClient(checkout, client('payments'));
    const injector = await startInjector({ receiver: payments, from: checkout, percent: 30, seconds: 20 });
    await expect.poll(() => retransmitsOf(checkout), { timeout: 10_000 }).toBeGreaterThan(0);
    expect((await injector.heal()).dropped).toBeGreaterThan(0);
    expect(await payments.runInNetwork('nft', ['list', 'tables'])).toBe('');
  });

  it('cuts both ways, drops SYNs, resets, and swallows long packets', async () => {
    await using lab = await createLab({ hosts: ['checkout', 'payments'], segmentationOffload: false });
    const [checkout, payments] = [lab.host('checkout'), lab.host('payments')];
    await startServer(payments);
    const requests = await startClient(checkout, client('payments'));
    const { towardsFirst, towardsSecond } = await injectBothWays(checkout, payments, { kind: 'outage' });
    await expect
      .poll(async () => (await towardsSecond.counters()).dropped, { timeout: 5_000 })
      .toBeGreaterThan(5);
    await Promise.all([towardsFirst.clear(), towardsSecond.clear()]);
    expect(requests.running).toBe(true);

    await using synLoss = await injectFault(payments, { kind: 'syn-loss' });
    const newcomer = launchClient(checkout, client('payments'));
    await expect.poll(async () => (await synLoss.counters()).dropped, { timeout: 5_000 }).toBeGreaterThan(4);
    expect(newcomer.lines).toEqual([]);

    await using blackHole = await injectFault(payments, { kind: 'mtu-black-hole', bytes: 1000 });
    launchClient(checkout, { ...client('payments'), requestBytes: 4000 });
    await synLoss.clear();
    await expect
      .poll(async () => (await blackHole.counters()).dropped, { timeout: 5_000 })
      .toBeGreaterThan(4);

    await using reset = await injectFault(payments, { kind: 'reset' }, { servicePort: 8080 });
    await expect.poll(() => failuresOf(requests.lines), { timeout: 5_000 }).toBeGreaterThan(0);
    expect((await reset.counters()).dropped).toBeGreaterThan(0);
  });

  it('limits a rate, bursts and ramps', async () => {
    await using lab = await createLab({ hosts: ['checkout', 'payments'] });
    const [checkout, payments] = [lab.host('checkout'), lab.host('payments')];
    await startServer(payments);
    await startClient(checkout, { target: 'payments', connections: 2, rate: 64, requestBytes: 16_384 });
    {
      await using limit = await limitRate(lab.router, payments, { bitsPerSecond: 5_000_000 });
      await expect.poll(() => limit.dropped(), { timeout: 10_000 }).toBeGreaterThan(0);
    }
    expect((await burst(payments, { kind: 'loss', percent: 50 }, 500)).dropped).toBeGreaterThan(0);
    const course = { fromPercent: 10, toPercent: 50, durationMs: 600, steps: 3 };
    expect((await ramp(payments, course)).dropped).toBeGreaterThan(0);
  });
});

function failuresOf(lines: readonly string[]): number {
  return Number((JSON.parse(lines.at(-1) ?? '{}') as { failures?: number }).failures ?? 0);
}
