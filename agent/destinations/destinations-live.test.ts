import { describe, expect, it, vi } from 'vitest';
import { whyNoLab } from '../../test/lab/lab-support.ts';
import { createLab, type Lab } from '../../test/lab/lab.ts';
import { programPath } from '../../test/lab/program-path.ts';
import { startClient, startDns, startServer } from '../../test/lab/traffic.ts';
import { observationBatchSchema, type ObservationBatch } from '../../stream/events/observation.ts';
import { createAgent } from '../agent.ts';
import { probeKernel } from '../bpf/kernel.ts';
import { createInternalRanges } from '../names/internal-ranges.ts';
import { createNames } from '../names/create-names.ts';
import { createTcpProbe } from '../probes/tcp-probe.ts';
import { createDestinations } from './destinations.ts';
import { createUdpProbe } from './udp-probe.ts';

const kernel = probeKernel();
const bpfDirectory = new URL('../../bpf', import.meta.url).pathname;
const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** The agent with what `net.destinations` needs; batches are checked against the schema as they come. */
async function startAgent(batches: ObservationBatch[], internal: readonly string[] = []) {
  const nowMs = () => Date.now();
  const names = createNames({ cluster: 'c1', node: 'n1', kernel, bpfDirectory, nowMs });
  await names.dnsReader.start();
  const isInternal = createInternalRanges({ settings: { internal: [...internal] }, nowMs });
  const agent = createAgent({
    cluster: 'c1',
    node: 'n1',
    kernel,
    probes: [createTcpProbe({ kernel, bpfDirectory }), createUdpProbe({ kernel, bpfDirectory })],
    derivations: [createDestinations(isInternal)],
    logger: quiet,
    emit: (batch) => void batches.push(observationBatchSchema.parse(batch)),
    workloadNamer: names.workloads,
    peerNamer: names.peers,
    processNamer: names.processes,
  });
  const report = await agent.start();
  return {
    report,
    async [Symbol.asyncDispose]() {
      await agent.stop();
      await names.dnsReader.stop();
      names[Symbol.dispose]();
    },
  };
}

/** The host `internet` answers there and owns nothing of it: an address of nobody on this machine. */
async function answerAt(lab: Lab, ip: string): Promise<void> {
  const prefix = ip.replace(/153$/, '128/27');
  await lab.host('internet').runInNetwork('ip', ['route', 'add', 'local', prefix, 'dev', 'lo']);
  await lab.router.runInNetwork('ip', ['route', 'add', prefix, 'dev', 'to-internet']);
}

describe.skipIf(!kernel.usable || whyNoLab() !== undefined)('net.destinations on real traffic', () => {
  it('is one destination for all addresses and hosts of a name, told within the window', async () => {
    await using lab = await createLab({
      hosts: [
        'checkout',
        'resolver',
        { name: 'one', address4: '203.0.113.10', address6: '2001:db8:f::10' },
        { name: 'two', address4: '198.51.100.20', address6: '2001:db8:e::20' },
        { name: 'own', address4: '198.51.100.30', address6: '2001:db8:d::30' },
      ],
      resolver: '192.0.2.11',
    });
    const checkout = lab.host('checkout');
    await startDns(lab.host('resolver'), {
      'api.example.com': ['203.0.113.10'],
      'cdn7.eu.example.com': ['198.51.100.20'],
      'db.example.net': ['198.51.100.30'],
    });
    for (const name of ['one', 'two', 'own']) await startServer(lab.host(name), { port: 443 });
    const batches: ObservationBatch[] = [];
    await using observing = await startAgent(batches, ['198.51.100.30/32']);
    expect(observing.report.signals.at(-1)).toMatchObject({ signal: 'net.destinations', attached: true });

    const common = { port: 443, family: 4, connections: 1, rate: 20 } as const;
    for (const target of ['api.example.com', 'cdn7.eu.example.com', 'db.example.net'])
      await startClient(checkout, { target, ...common });
    const rows = () =>
      batches
        .filter(({ subject }) => subject.workload === `netns/${checkout.namespace}`)
        .flatMap((batch) => batch.rows.filter(({ signal }) => signal === 'net.destinations'));
    await vi.waitFor(() => {
      const hosts = rows().flatMap(({ evidence }) => evidence?.destinations ?? []);
      expect(new Set(hosts.map(({ name, ip }) => `${name} ${ip}`))).toEqual(
        new Set(['api.example.com 203.0.113.10', 'cdn7.eu.example.com 198.51.100.20']),
      );
    }, 8_000);
    expect(new Set(rows().map(({ peer, service_port }) => `${peer.name}:${service_port}`))).toEqual(
      new Set(['example.com:443']),
    );
    expect(rows().reduce((sum, { fields }) => sum + (fields['contacts'] ?? 0), 0)).toBe(2);
    expect(rows().every(({ role, peer }) => role === 'client' && peer.kind === 'external')).toBe(true);
  });

  it('is told of connections that are older than the agent, by what they carry', async () => {
    await using lab = await createLab({
      hosts: ['checkout', { name: 'internet', address4: '198.51.100.20', address6: '2001:db8:e::20' }],
    });
    const checkout = lab.host('checkout');
    await answerAt(lab, '203.0.113.153');
    await startServer(lab.host('internet'), { port: 443 });
    await startClient(checkout, { target: '203.0.113.153', port: 443, connections: 1, rate: 2 });
    const batches: ObservationBatch[] = [];
    await using _observing = await startAgent(batches);
    await vi.waitFor(() => {
      const rows = batches
        .filter(({ subject }) => subject.workload === `netns/${checkout.namespace}`)
        .flatMap((batch) => batch.rows.filter(({ signal }) => signal === 'net.destinations'));
      expect(rows.map(({ peer, service_port }) => `${peer.name}:${service_port}`)).toContain(
        '203.0.113.0/24:443',
      );
      expect(rows.reduce((sum, { fields }) => sum + (fields['bytes_sent'] ?? 0), 0)).toBeGreaterThan(0);
    }, 15_000);
  });

  it('is told over UDP by name and protocol, and not of the configured resolver nor of who answers', async () => {
    const [configured, other] = ['203.0.113.153', '198.51.100.153'];
    await using lab = await createLab({
      hosts: ['checkout', { name: 'internet', address4: '198.51.100.20', address6: '2001:db8:e::20' }],
      resolver: configured,
    });
    const [checkout, internet] = [lab.host('checkout'), lab.host('internet')];
    for (const ip of [configured, other]) {
      await answerAt(lab, ip);
      await startDns(internet, { 'edge.example.com': ['198.51.100.20'] }, 120, { listen: ip });
    }
    const talker = programPath(import.meta.url, './testing/udp-talker');
    const server = internet.spawnProgram(talker, ['--serve', '443', '--type', 'udp6']);
    await server.waitForLine((line) => line.includes('"listening"'), 30_000);
    const batches: ObservationBatch[] = [];
    await using observing = await startAgent(batches);
    expect(observing.report.signals.map(({ signal }) => signal)).not.toContain('udp.flows');
    expect(observing.report.signals.at(-1)).toMatchObject({ signal: 'net.destinations', notes: [] });

    const lookUp = ['--how', 'c-ares', '--rate', '5', '--count', '3'];
    const dnsClient = programPath(import.meta.url, '../../test/lab/dns-client');
    for (const flags of [[], ['--server', other]]) {
      const client = checkout.spawnProgram(dnsClient, [...lookUp, ...flags, 'edge.example.com']);
      await client.waitForLine((line) => line.includes('"done"'), 30_000);
    }
    checkout.spawnProgram(talker, ['--target', 'edge.example.com', '--count', '7', '--bytes', '1200']);
    const rowsOf = (workload: string) =>
      batches
        .filter(({ subject }) => subject.workload === `netns/${workload}`)
        .flatMap((batch) => batch.rows.filter(({ signal }) => signal === 'net.destinations'));
    await vi.waitFor(() => {
      const told = rowsOf(checkout.namespace).map(
        ({ peer, service_port, protocol, fields }) =>
          `${peer.name} ${service_port}/${protocol ?? 'tcp'} ${fields['bytes_sent'] === 8_400}`,
      );
      expect(new Set(told)).toEqual(new Set(['example.com 443/udp true', '198.51.100.0/24 53/udp false']));
    }, 12_000);
    expect(rowsOf(internet.namespace)).toEqual([]);
    expect(batches.flatMap(({ rows }) => rows).filter(({ signal }) => signal === 'udp.flows')).toEqual([]);
  });
});
