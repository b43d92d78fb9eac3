import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { encode } from 'dns-packet';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { planHosts } from '../../test/lab/address-plan.ts';
import { createLab, type Lab } from '../../test/lab/lab.ts';
import { probeKernel } from '../bpf/kernel.ts';
import { DnsFeed } from '../dns/dns-feed.ts';
import type { DnsAnswer } from './dns-message.ts';
import { createDnsReader, type DnsReader } from './dns-reader.ts';

const kernel = probeKernel();
const bpfDirectory = new URL('../../bpf', import.meta.url).pathname;
const nameServer = new URL('../../test/lab/dns-server.ts', import.meta.url).pathname;
const cleanUps: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

const name = `api-${process.pid}.example.com`;

interface Told {
  readonly client: bigint;
  readonly answer: DnsAnswer;
}

async function startReader(maxQueries?: number): Promise<{ reader: DnsReader; told: Told[] }> {
  const told: Told[] = [];
  const feed = new DnsFeed({
    bpfDirectory,
    kernel,
    ...(maxQueries !== undefined && { constants: { dns_queries_per_second: maxQueries } }),
  });
  const reader = createDnsReader({ feed, onAnswer: (client, answer) => told.push({ client, answer }) });
  cleanUps.push(() => reader.stop());
  expect(await reader.start()).toEqual({ attached: true, notes: [] });
  return { reader, told };
}

async function startLab(records: readonly string[], family: 'address4' | 'address6'): Promise<Lab> {
  const hosts = ['resolver', 'shop', 'other'];
  const resolver = planHosts(hosts)[0]?.[family] ?? '';
  const lab = await createLab({ hosts, resolver });
  cleanUps.push(() => lab[Symbol.asyncDispose]());
  const listen = family === 'address4' ? '0.0.0.0' : '::';
  const server = lab.host('resolver').spawnProgram(nameServer, ['--listen', listen, ...records]);
  await vi.waitFor(() => expect(server.jsonLines).toContainEqual({ listening: 53 }), 10_000);
  return lab;
}

const lookUp = (lab: Lab, host: string, name: string) =>
  lab.host(host).spawn('getent', ['ahosts', name]).exited;

describe.skipIf(!kernel.usable)('DnsReader', () => {
  it.each(['address4', 'address6'] as const)('tells what each client looked up, over %s', async (family) => {
    const { reader, told } = await startReader();
    const lab = await startLab([`${name}=203.0.113.9`, `${name}=2001:db8::9`], family);
    await lookUp(lab, 'shop', name);
    await lookUp(lab, 'other', name.toUpperCase());
    await lookUp(lab, 'other', 'gone.example.com');
    // Other tests look up other names meanwhile.
    const ours = () => told.filter(({ answer }) => answer.name === name);
    await vi.waitFor(() => expect(new Set(ours().map(({ client }) => client)).size).toBe(2));
    const addresses = ours().flatMap(({ answer }) => answer.addresses.map(({ ip }) => ip));
    expect(new Set(addresses)).toEqual(new Set(['203.0.113.9', '2001:db8::9']));
    expect(reader.health().counters).toMatchObject({ lost: 0, malformed: 0, unknown_client: 0 });
  });

  it('sees a resolver on the machine’s own loopback, as systemd-resolved is', async () => {
    const { told } = await startReader();
    await answerOverLoopback('127.0.0.53', 1);
    await vi.waitFor(() => expect(told.map(({ answer }) => answer.name)).toContain('local-0.example'));
    expect(told.every(({ client }) => client > 0n)).toBe(true);
  });

  it('tells no more than its limit and counts the rest', async () => {
    const { reader, told } = await startReader(5);
    await answerOverLoopback('127.0.0.54', 200);
    await vi.waitFor(() => {
      const { responses = 0, over_limit = 0 } = reader.health().counters;
      expect(responses + over_limit).toBeGreaterThanOrEqual(200);
    });
    const { responses = 0, over_limit = 0 } = reader.health().counters;
    expect(over_limit).toBeGreaterThan(0);
    expect(told.length).toBeLessThanOrEqual(responses);
  });

  it('says why where it cannot start', async () => {
    const unusable = { ...kernel, usable: false, problems: [{ ...problem, reason: 'no rights' }] };
    const feed = new DnsFeed({ bpfDirectory, kernel: unusable });
    const reader = createDnsReader({ feed, onAnswer: () => undefined });
    const start = await reader.start();
    expect(start.attached ? 'attached' : start.reason).toContain('no rights');
    const nowhere = new DnsFeed({ bpfDirectory: '/nowhere', kernel });
    const missing = createDnsReader({ feed: nowhere, onAnswer: () => undefined });
    expect(await missing.start()).toMatchObject({ attached: false });
    await missing.stop();
  });
});

const problem = { code: 'rights', reason: '', remedy: '', fatal: true } as const;

/** Sends `count` responses from port 53 of a loopback address to a client on the same machine. */
async function answerOverLoopback(address: string, count: number): Promise<void> {
  const [server, client] = [createSocket('udp4'), createSocket('udp4')];
  cleanUps.push(async () => {
    server.close();
    client.close();
  });
  server.bind(53, address);
  client.bind(0, '127.0.0.1');
  await Promise.all([once(server, 'listening'), once(client, 'listening')]);
  for (let index = 0; index < count; index++) {
    const name = `local-${index}.example`;
    const message = encode({
      type: 'response',
      questions: [{ type: 'A', name }],
      answers: [{ type: 'A', name, ttl: 1, data: '192.0.2.1' }],
    });
    await new Promise((resolve) => server.send(message, client.address().port, '127.0.0.1', resolve));
  }
}
