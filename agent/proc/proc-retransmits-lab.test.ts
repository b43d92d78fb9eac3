import { afterEach, describe, expect, it, vi } from 'vitest';
import { injectFault } from '../../test/lab/faults.ts';
import { createLab } from '../../test/lab/lab.ts';
import { startClient, startServer } from '../../test/lab/traffic.ts';
import { systemClock } from '../clock.ts';
import type { ProbeContext, ProbeRow } from '../probe.ts';
import { createProcRetransmitsProbe } from './proc-retransmits.ts';

const isRoot = process.getuid?.() === 0;
const cleanUps: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

const context: ProbeContext = {
  clock: systemClock,
  logger: { info: () => undefined, warn: () => undefined, error: () => undefined },
  onCandidate: () => undefined,
};

function sum(rows: readonly ProbeRow[], field: string): number {
  return rows.reduce((total, row) => total + (row.fields[field] ?? 0), 0);
}

describe.skipIf(!isRoot)('createProcRetransmitsProbe on real traffic', () => {
  it('counts exactly what nstat counts, then tells who has stalled', async () => {
    const lab = await createLab({ hosts: ['checkout', 'payments'], segmentationOffload: false });
    cleanUps.push(() => lab[Symbol.asyncDispose]());
    const [checkout, payments] = [lab.host('checkout'), lab.host('payments')];
    await startServer(payments, { port: 8080 });
    const client = await startClient(checkout, {
      target: payments.address4,
      port: 8080,
      connections: 4,
      rate: 40,
    });
    const probe = createProcRetransmitsProbe({ netPath: `/proc/${client.pid}/net` });
    const before = await nstat(checkout);
    expect(await probe.start(context)).toMatchObject({ attached: true });
    const rows: ProbeRow[] = [];

    const lossy = await injectFault(payments, { kind: 'loss', percent: 20 }, { from: checkout });
    await vi.waitFor(() => {
      rows.push(...probe.collect());
      expect(sum(rows, 'retransmits')).toBeGreaterThan(10);
    }, 15_000);
    await lossy.clear();

    const dead = await injectFault(payments, { kind: 'outage' }, { from: checkout });
    await vi.waitFor(() => {
      const collected = probe.collect();
      rows.push(...collected);
      const stalled = collected.find((row) => row.peerIp === payments.address4);
      expect(stalled?.fields['stalled_sockets']).toBe(4);
      expect(stalled).toMatchObject({ role: 'client', servicePort: 8080 });
    }, 15_000);

    // The kernel's own tool, between two collections.
    const [least, counted] = [sum(rows, 'retransmits'), await nstat(checkout)];
    rows.push(...probe.collect());
    const most = sum(rows, 'retransmits');
    await dead.clear();
    expect(resent(counted) - resent(before)).toBeGreaterThanOrEqual(least);
    expect(resent(counted) - resent(before)).toBeLessThanOrEqual(most);
    expect(sum(rows, 'data_segments')).toBeGreaterThan(most);
  });
});

function resent(counters: Readonly<Record<string, number>>): number {
  return (counters['TcpRetransSegs'] ?? 0) - (counters['TcpExtTCPSynRetrans'] ?? 0);
}

interface Runs {
  runInNetwork(command: string, args: readonly string[]): Promise<string>;
}

async function nstat(host: Runs): Promise<Readonly<Record<string, number>>> {
  const { kernel } = JSON.parse(await host.runInNetwork('nstat', ['--json', '-a', '-s', '-z'])) as {
    kernel: Record<string, number>;
  };
  return kernel;
}
