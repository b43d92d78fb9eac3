import { describe, expect, it, vi } from 'vitest';
import { injectFault } from '../test/lab/faults.ts';
import type { Host } from '../test/lab/host.ts';
import { whyNoLab } from '../test/lab/lab-support.ts';
import { createLab } from '../test/lab/lab.ts';
import { startClient, startServer } from '../test/lab/traffic.ts';
import { observationBatchSchema, type ObservationBatch } from '../stream/events/observation.ts';
import { createAgent } from './agent.ts';
import { probeKernel } from './bpf/kernel.ts';
import { createProbes } from './probes/registry.ts';
import { agentSettingsSchema } from './settings.ts';
import { createNames } from './names/create-names.ts';

const kernel = probeKernel();
const bpfDirectory = new URL('../bpf', import.meta.url).pathname;
const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };

async function retransSegs(host: Host): Promise<number> {
  const text = await host.runInNetwork('cat', ['/proc/net/snmp']);
  const [names, values] = text.split('\n').filter((line) => line.startsWith('Tcp:'));
  return Number(values?.split(' ')[names?.split(' ').indexOf('RetransSegs') ?? -1]);
}

/** The real agent with its real names; batches are checked against the schema as they come. */
async function startAgent(batches: ObservationBatch[]) {
  const names = createNames({ cluster: 'c1', node: 'n1', kernel, bpfDirectory, nowMs: () => Date.now() });
  const agent = createAgent({
    cluster: 'c1',
    node: 'n1',
    kernel,
    probes: createProbes({ kernel, bpfDirectory, names, settings: agentSettingsSchema.parse({}) }),
    logger: quiet,
    emit: (batch) => void batches.push(observationBatchSchema.parse(batch)),
    workloadNamer: names.workloads,
    peerNamer: names.peers,
    processNamer: names.processes,
  });
  const report = await agent.start();
  return { agent, names, report };
}

describe.skipIf(!kernel.usable || whyNoLab() !== undefined)('the agent on real traffic', () => {
  it('tells a loss at once with names and evidence, and every segment exactly once', async () => {
    await using lab = await createLab({ hosts: ['checkout', 'payments'] });
    const [checkout, payments] = [lab.host('checkout'), lab.host('payments')];
    const batches: ObservationBatch[] = [];
    const { agent, names, report } = await startAgent(batches);
    expect(report.signals.find(({ signal }) => signal === 'tcp.retransmits')).toMatchObject({
      attached: true,
      fallback: false,
    });

    await startServer(payments, { port: 8443 });
    await startClient(checkout, { target: payments.address4, port: 8443, connections: 5, rate: 40 });
    const isMine = ({ signal, role }: ObservationBatch['rows'][number]): boolean =>
      signal === 'tcp.retransmits' && role === 'client';
    const mine = () =>
      batches
        .filter(({ subject }) => subject.workload.includes(checkout.namespace))
        .map((batch) => ({ ...batch, rows: batch.rows.filter(isMine) }))
        .filter(({ rows }) => rows.length > 0);
    // A whole window of clean traffic, named: whose an address is, is looked up at intervals.
    const isSettled = ({ fields, peer }: ObservationBatch['rows'][number]): boolean =>
      fields['sockets'] === 5 && peer.name.startsWith('netns/');
    await vi.waitFor(() => expect(mine().some(({ rows }) => rows.some(isSettled))).toBe(true), 15_000);
    {
      await using _loss = await injectFault(payments, { kind: 'loss', percent: 5 }, { from: checkout });
      await vi.waitFor(async () => expect(await retransSegs(checkout)).toBeGreaterThan(10), 15_000);
    }
    await vi.waitFor(async () => {
      const told = mine()
        .flatMap(({ rows }) => rows)
        .reduce((sum, { fields }) => sum + (fields['retransmits'] ?? 0), 0);
      expect(told).toBe(await retransSegs(checkout));
    }, 5_000);
    await agent.stop();
    names[Symbol.dispose]();

    const candidates = mine().filter(({ candidate }) => candidate);
    expect(candidates.length).toBeGreaterThan(3);
    expect(candidates[0]?.rows[0]).toMatchObject({
      signal: 'tcp.retransmits',
      role: 'client',
      service_port: 8443,
      peer: { ip: payments.address4, name: `netns/${payments.namespace}` },
    });
    const evidence = candidates[0]?.rows[0]?.evidence?.sockets[0];
    expect(evidence).toMatchObject({ remote: `${payments.address4}:8443`, state: 'ESTABLISHED', uid: 0 });
    expect(evidence?.pid).toBeGreaterThan(0);
    expect(evidence?.executable).toMatch(/node/);
    const windows = mine().map(({ window }) => Date.parse(window.start));
    expect(windows.every((startMs) => startMs % 1_000 === 0)).toBe(true);
  });
});
