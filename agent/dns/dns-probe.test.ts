import { statSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { sketchCountsOf, sketchQuantile } from '../../signals/sketch.ts';
import { planHosts } from '../../test/lab/address-plan.ts';
import type { Host } from '../../test/lab/host.ts';
import { createLab, type Lab } from '../../test/lab/lab.ts';
import { whyNoLab } from '../../test/lab/lab-support.ts';
import { probeKernel } from '../bpf/kernel.ts';
import { systemClock } from '../clock.ts';
import type { ProbeCandidate, ProbeRow } from '../probe.ts';
import { DnsFeed } from './dns-feed.ts';
import { createDnsProbe } from './dns-probe.ts';

const kernel = probeKernel();
const bpfDirectory = new URL('../../bpf', import.meta.url).pathname;
const program = (name: string): string => new URL(`../../test/lab/${name}.ts`, import.meta.url).pathname;
const cleanUps: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

/** The probe with its candidates; names of peers are not its concern. */
async function startProbe() {
  const feed = new DnsFeed({ bpfDirectory, kernel });
  const peers = { peerOf: (_client: bigint, ip: string) => ({ kind: 'external' as const, name: ip, ip }) };
  const workloads = { subjectOf: () => ({ cluster: 'c', node: 'n', namespace: '', workload: 'w' }) };
  const probe = createDnsProbe({ names: { dnsFeed: feed, peers, workloads } });
  const candidates: ProbeCandidate[] = [];
  const logger = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const start = await probe.start({
    clock: systemClock,
    logger,
    onCandidate: (candidate) => void candidates.push(candidate),
  });
  expect(start).toEqual({ attached: true, notes: [] });
  cleanUps.push(() => probe.stop());
  return { probe, candidates };
}

/** The first of this host: others on this machine may have trouble, too. */
function candidateOf(candidates: readonly ProbeCandidate[], host: Host): ProbeRow | undefined {
  const inode = statSync(`/run/netns/${host.namespace}`).ino;
  return candidates.map((candidate) => candidate.take()).find((row) => row?.owner.netnsInode === inode);
}

type Fields = Record<string, number>;

/** What the probe says of one host, added up until `isEnough`. */
async function told(
  collect: () => readonly ProbeRow[],
  host: Host,
  isEnough: (fields: Fields) => boolean,
): Promise<{ fields: Fields; rows: readonly ProbeRow[] }> {
  const inode = statSync(`/run/netns/${host.namespace}`).ino;
  const rows: ProbeRow[] = [];
  const fields: Fields = {};
  await vi.waitFor(
    () => {
      for (const row of collect()) {
        if (row.owner.netnsInode !== inode) continue;
        rows.push(row);
        for (const [name, value] of Object.entries(row.fields)) fields[name] = (fields[name] ?? 0) + value;
      }
      expect(isEnough(fields), JSON.stringify(fields)).toBe(true);
    },
    { timeout: 15_000, interval: 100 },
  );
  return { fields, rows };
}

const countedIn = (fields: Fields): Fields =>
  Object.fromEntries(Object.entries(fields).filter(([name, count]) => count > 0 && !name.includes('[')));

interface Scene {
  readonly zone: readonly string[];
  readonly resolvConf?: string;
  readonly flags?: readonly string[];
  readonly family?: 'address4' | 'address6';
}

async function startScene({ zone, resolvConf, flags = [], family = 'address4' }: Scene): Promise<Lab> {
  const hosts = ['resolver', 'shop'];
  const resolver = planHosts(hosts)[0]?.[family] ?? '';
  const lab = await createLab({ hosts, resolver });
  cleanUps.push(() => lab[Symbol.asyncDispose]());
  if (resolvConf !== undefined)
    await writeFile(
      `/etc/netns/${lab.host('shop').namespace}/resolv.conf`,
      `nameserver ${resolver}\n${resolvConf}\n`,
    );
  const listen = family === 'address4' ? '0.0.0.0' : '::';
  const server = lab
    .host('resolver')
    .spawnProgram(program('dns-server'), ['--listen', listen, ...flags, ...zone]);
  await server.waitForLine((line) => line.includes('"listening"'), 10_000);
  return lab;
}

/** Outcomes as the client saw them. */
async function lookUp(lab: Lab, args: readonly string[]): Promise<readonly unknown[]> {
  const client = lab.host('shop').spawnProgram(program('dns-client'), args);
  await client.waitForLine((line) => line.includes('"done"'), 20_000);
  return client.jsonLines.flatMap(({ outcome }) => (outcome === undefined ? [] : [outcome]));
}

describe.skipIf(!kernel.usable || whyNoLab() !== undefined)('the signal dns on real lookups', () => {
  it.each(['address4', 'address6'] as const)('counts what a C library looks up, over %s', async (family) => {
    const { probe } = await startProbe();
    const lab = await startScene({ zone: ['api.example.com=203.0.113.9'], family });
    const outcomes = await lookUp(lab, ['--count', '20', 'api.example.com', 'gone.example.com']);
    expect(outcomes.filter((outcome) => outcome === 'found')).toHaveLength(20);
    const { fields, rows } = await told(
      () => probe.collect(),
      lab.host('shop'),
      ({ lookups }) => lookups === 40,
    );
    expect(countedIn(fields)).toEqual({
      lookups: 40,
      noerror: 20,
      nxdomain: 20,
      never_resolved: 20,
      queries: 80,
    });
    expect(new Set(rows.map(({ peerIp }) => peerIp))).toEqual(new Set([lab.host('resolver')[family]]));
    expect(rows.every(({ role, servicePort }) => role === 'client' && servicePort === 53)).toBe(true);
    expect(rows.find(({ target }) => target !== undefined)?.target).toBe('gone.example.com');
  });

  it('folds search paths of fifty lookups a second', async () => {
    const { probe, candidates } = await startProbe();
    const lab = await startScene({
      zone: ['api.example.com=203.0.113.9'],
      resolvConf:
        'search shop.svc.cluster.local svc.cluster.local cluster.local example.net\noptions ndots:5',
    });
    await lookUp(lab, ['--count', '100', '--rate', '50', 'api.example.com']);
    const { fields } = await told(
      () => probe.collect(),
      lab.host('shop'),
      ({ lookups }) => lookups === 100,
    );
    expect(countedIn(fields)).toEqual({ lookups: 100, noerror: 100, queries: 1_000 });
    expect(candidateOf(candidates, lab.host('shop'))).toBeUndefined();
  });

  it('tells a misspelt name once for its whole search path', async () => {
    const { probe } = await startProbe();
    const lab = await startScene({ zone: [], resolvConf: 'search a.example b.example.net\noptions ndots:2' });
    await lookUp(lab, ['--count', '5', 'paymnets']);
    const { fields, rows } = await told(
      () => probe.collect(),
      lab.host('shop'),
      ({ lookups }) => lookups === 5,
    );
    expect(fields).toMatchObject({ nxdomain: 5, never_resolved: 5, queries: 30 });
    expect(rows.map(({ target }) => target)).toContain('paymnets');
    expect(rows.flatMap(({ evidence }) => evidence?.lookups ?? [])).toContainEqual(
      expect.objectContaining({ name: 'paymnets', outcome: 'NXDOMAIN' }),
    );
  });

  it.each([
    ['servfail', 'servfail', 'EAI_AGAIN', 'SERVFAIL'],
    ['refused', 'refused', 'EAI_AGAIN', 'REFUSED'],
    ['silence', 'unanswered', 'EAI_AGAIN', 'unanswered'],
  ])('tells %s at once', async (record, field, code, shown) => {
    const { probe, candidates } = await startProbe();
    const lab = await startScene({
      zone: [`api.example.com=${record}`],
      resolvConf: 'options timeout:1 attempts:1',
    });
    expect(await lookUp(lab, ['--count', '3', 'api.example.com'])).toEqual([code, code, code]);
    const first = await vi.waitFor(() => {
      const own = candidateOf(candidates, lab.host('shop'));
      expect(own).toBeDefined();
      return own;
    });
    expect(first?.evidence?.lookups).toContainEqual(
      expect.objectContaining({ name: 'api.example.com', outcome: shown }),
    );
    const { fields } = await told(
      () => probe.collect(),
      lab.host('shop'),
      ({ lookups = 0 }) => lookups + (first?.fields['lookups'] ?? 0) === 3,
    );
    expect((fields[field] ?? 0) + (first?.fields[field] ?? 0)).toBe(3);
    expect((fields['failures'] ?? 0) + (first?.fields['failures'] ?? 0)).toBe(3);
  });

  it('tells a resolver without a server as unreachable', async () => {
    const { probe } = await startProbe();
    const lab = await createLab({
      hosts: ['resolver', 'shop'],
      resolver: planHosts(['resolver'])[0]?.address4 ?? '',
    });
    cleanUps.push(() => lab[Symbol.asyncDispose]());
    await lookUp(lab, ['--count', '3', 'api.example.com']);
    const { fields } = await told(
      () => probe.collect(),
      lab.host('shop'),
      ({ lookups }) => lookups === 3,
    );
    // The kernel sends only so many ICMP errors a second: a lookup may end without one.
    expect(fields).toMatchObject({ failures: 3 });
    expect(fields['unreachable']).toBeGreaterThan(0);
  });

  it('follows truncated answers to TCP, also in several segments', async () => {
    const { probe } = await startProbe();
    const lab = await startScene({
      zone: ['big.example.com=203.0.113.9', 'big.example.com=truncate'],
      flags: ['--split'],
    });
    expect(await lookUp(lab, ['--count', '5', 'big.example.com'])).toEqual(Array(5).fill('found'));
    const { fields } = await told(
      () => probe.collect(),
      lab.host('shop'),
      ({ lookups }) => lookups === 5,
    );
    expect(fields).toMatchObject({ noerror: 5, truncated: 5, tcp_fallback: 5 });
    expect(fields['retried']).toBe(0);
  });

  it('measures what a client waits, and sees c-ares try again', async () => {
    const { probe } = await startProbe();
    const lab = await startScene({
      zone: ['slow.example.com=203.0.113.9', 'slow.example.com=delay:100', 'gone.example.com=silence'],
    });
    await lookUp(lab, ['--how', 'c-ares', '--count', '10', 'slow.example.com']);
    await lookUp(lab, ['--how', 'c-ares', 'gone.example.com']);
    const { fields } = await told(
      () => probe.collect(),
      lab.host('shop'),
      ({ lookups }) => lookups === 11,
    );
    const median = sketchQuantile(sketchCountsOf(fields, 'latency_us'), 0.5);
    expect(median).toBeGreaterThan(95_000);
    expect(fields).toMatchObject({ noerror: 10, unanswered: 1, retried: 1 });
  });
});
