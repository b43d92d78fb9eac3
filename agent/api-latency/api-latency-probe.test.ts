import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { sketchBucketOf, sketchCountsOf, sketchQuantile } from '../../signals/sketch.ts';
import { injectFault } from '../../test/lab/faults.ts';
import type { Host } from '../../test/lab/host.ts';
import type { LabProcess } from '../../test/lab/lab-process.ts';
import { whyNoLab } from '../../test/lab/lab-support.ts';
import { createLab, type Lab } from '../../test/lab/lab.ts';
import { createAuthority } from '../apiserver/testing/certificates.ts';
import { probeKernel } from '../bpf/kernel.ts';
import { Tally } from '../probes/testing/tally.ts';
import { createApiLatencyProbe } from './api-latency-probe.ts';

const kernel = probeKernel();
const bpfDirectory = new URL('../../bpf', import.meta.url).pathname;
const cannotRun = !kernel.usable || whyNoLab() !== undefined;
const program = (name: string): string => new URL(`./testing/${name}.ts`, import.meta.url).pathname;

const ms = 1_000_000;
let directory: string;
let lab: Lab;
let client: Host;
let server: Host;
let api: LabProcess;
let cleanUp: AsyncDisposableStack;

beforeAll(async () => {
  if (cannotRun) return;
  directory = mkdtempSync(join(tmpdir(), 'saccade-api-'));
  const { cert, key } = await (await createAuthority()).issue(['api.example']);
  writeFileSync(join(directory, 'cert.pem'), cert);
  writeFileSync(join(directory, 'key.pem'), key);
  lab = await createLab({ hosts: ['client', 'api'], folders: [directory] });
  [client, server] = [lab.host('client'), lab.host('api')];
  const files = ['--cert', join(directory, 'cert.pem'), '--key', join(directory, 'key.pem')];
  api = server.spawnProgram(program('api-server'), files);
  await api.waitForJson('listening', true, 10_000);
});
afterAll(async () => {
  if (cannotRun) return;
  await lab[Symbol.asyncDispose]();
  rmSync(directory, { recursive: true, force: true });
});
beforeEach(() => {
  cleanUp = new AsyncDisposableStack();
});
afterEach(() => cleanUp.disposeAsync());

async function tally(options: Partial<Parameters<typeof createApiLatencyProbe>[0]> = {}): Promise<Tally> {
  return cleanUp.use(
    await new Tally(createApiLatencyProbe({ kernel, bpfDirectory, ...options }), 'api.latency').start(),
  );
}

function launch(url: string, options: Readonly<Record<string, string | number>> = {}): LabProcess {
  const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const process = client.spawnProgram(program('api-client'), ['--url', url, ...args]);
  cleanUp.defer(async () => void (await process.stop()));
  return process;
}

/** Runs the client to its end. */
async function ask(url: string, options: Readonly<Record<string, string | number>> = {}): Promise<void> {
  const process = launch(url, options);
  await process.waitForJson('done', Number(options['count'] ?? 1), 20_000);
  await process.stop();
}

/** Of the client of the lab: others on this machine are told, too. */
const mine = () => ({ netnsInode: statSync(`/run/netns/${client.namespace}`).ino });
const told = (counted: Tally): Readonly<Record<string, number>> => counted.totals(mine());

const sizeOf = (fields: Readonly<Record<string, number>>, sketch: string): number =>
  [...sketchCountsOf(fields, sketch).values()].reduce((sum, count) => sum + count, 0);
const medianMs = (fields: Readonly<Record<string, number>>, sketch: string): number =>
  sketchQuantile(sketchCountsOf(fields, sketch), 0.5) / 1_000;

const origins = (): readonly (readonly [string, string])[] => [
  ['http over IPv4', `http://${server.address4}:8080`],
  ['http over IPv6', `http://[${server.address6}]:8080`],
  ['https over IPv4', `https://${server.address4}:8443`],
  ['https over IPv6', `https://[${server.address6}]:8443`],
];

describe.skipIf(cannotRun)('api.latency against real traffic', () => {
  for (const [index, name] of ['http, IPv4', 'http, IPv6', 'https, IPv4', 'https, IPv6'].entries())
    for (const connection of ['kept', 'fresh'] as const)
      it(`counts and times each request exactly: ${name}, ${connection} connections`, async () => {
        const counted = await tally();
        const origin = origins()[index]?.[1] ?? '';
        await ask(`${origin}/?delay=80`, { count: 8, connection });
        await vi.waitFor(() => expect(told(counted)).toMatchObject({ requests: 8 }), 5_000);
        const fields = told(counted);
        const connections = connection === 'kept' ? 1 : 8;
        expect(fields).toMatchObject({
          connections,
          hellos: origin.startsWith('https:') ? connections : 0,
          unanswered: 0,
          excluded_http2: 0,
          excluded_duplex: 0,
          excluded_streams: 0,
          excluded_long_waits: 0,
          excluded_paused: 0,
          excluded_unclear: 0,
        });
        expect(sizeOf(fields, 'handshake_us')).toBe(connections);
        expect(sizeOf(fields, 'server_hello_us')).toBe(fields['hellos']);
        expect(sizeOf(fields, 'response_us')).toBe(8);
        expect(medianMs(fields, 'response_us')).toBeGreaterThan(75);
        expect(medianMs(fields, 'response_us')).toBeLessThan(160);
        const { hostname, port } = new URL(origin);
        expect(counted.matching(mine())[0]).toMatchObject({
          signal: 'api.latency',
          role: 'client',
          peerIp: hostname.replace(/^\[|\]$/g, ''),
          servicePort: Number(port),
        });
      });

  it.each(['kept', 'fresh'])('counts and times TLS 1.2 as well, %s connections', async (connection) => {
    const counted = await tally();
    await ask(`https://${server.address4}:8443/?delay=80`, { count: 6, connection, tls: 'TLSv1.2' });
    const connections = connection === 'kept' ? 1 : 6;
    await vi.waitFor(
      () => expect(told(counted)).toMatchObject({ requests: 6, connections, excluded_unclear: 0 }),
      5_000,
    );
    expect(medianMs(told(counted), 'response_us')).toBeGreaterThan(75);
  });

  it.each(['kept', 'fresh'])(
    'follows whom is offered HTTP/2 and does not take it, %s connections',
    async (connection) => {
      const counted = await tally();
      await ask(`https://${server.address4}:8443/?delay=80`, { count: 6, connection, alpn: 'h2,http/1.1' });
      const connections = connection === 'kept' ? 1 : 6;
      await vi.waitFor(
        () => expect(told(counted)).toMatchObject({ requests: 6, connections, excluded_http2: 0 }),
        5_000,
      );
      expect(medianMs(told(counted), 'response_us')).toBeGreaterThan(75);
    },
  );

  it('times an upload from its last byte', async () => {
    const counted = await tally();
    await ask(`https://${server.address4}:8443/?delay=60`, { count: 5, body: 2_000_000 });
    await vi.waitFor(() => expect(told(counted)).toMatchObject({ requests: 5, connections: 1 }), 5_000);
    expect(medianMs(told(counted), 'response_us')).toBeGreaterThan(55);
  });

  it('counts right on a lossy path, and what is lost is time that the client waits', async () => {
    const counted = await tally();
    await using _loss = await injectFault(server, { kind: 'loss', percent: 10 }, { from: client });
    await ask(`http://${server.address4}:8080/?delay=5`, { count: 40, connection: 'fresh' });
    await vi.waitFor(() => expect(told(counted)).toMatchObject({ requests: 40, connections: 40 }), 5_000);
    const fields = told(counted);
    const slowest = ['handshake_us', 'response_us'].map((sketch) =>
      sketchQuantile(sketchCountsOf(fields, sketch), 1),
    );
    expect(Math.max(...slowest)).toBeGreaterThan(150_000);
  });

  it('leaves out HTTP/2, but for its handshakes', async () => {
    const counted = await tally();
    await ask(`https://${server.address4}:8444`, { kind: 'multiplex', count: 5 });
    await vi.waitFor(
      () =>
        expect(told(counted)).toMatchObject({ connections: 1, hellos: 1, excluded_http2: 1, requests: 0 }),
      5_000,
    );
  });

  it.each(['http', 'https'] as const)('leaves out WebSockets over %s', async (scheme) => {
    const counted = await tally();
    const port = scheme === 'http' ? 8080 : 8443;
    await ask(`${scheme}://${server.address4}:${port}`, { kind: 'talk', count: 20 });
    const fields = told(counted);
    expect(fields).toMatchObject({ connections: 1, excluded_duplex: 1 });
    // The request for the upgrade is one.
    expect(fields['requests']).toBeLessThanOrEqual(1);
  });

  it('leaves out long polls, but not a late answer on a connection that was prompt', async () => {
    const counted = await tally({ constants: { api_long_wait_ns: 400 * ms } });
    await ask(`https://${server.address4}:8443/?delay=600`, { count: 3 });
    await vi.waitFor(
      () => expect(told(counted)).toMatchObject({ excluded_long_waits: 3, requests: 0, connections: 1 }),
      5_000,
    );
    const prompt = launch(`http://${server.address4}:8080/?delay=20`, { count: 1_000, pause: 20 });
    await prompt.waitForJson('asked', 5, 10_000);
    api.pause();
    await new Promise((resolve) => setTimeout(resolve, 700));
    api.resume();
    await vi.waitFor(() => {
      const slow = sketchQuantile(sketchCountsOf(told(counted), 'response_us'), 1);
      expect(slow).toBeGreaterThan(500_000);
    }, 5_000);
    expect(told(counted)['excluded_long_waits']).toBe(3);
  });

  it('takes a long wait for slowness where the peer has always been prompt', async () => {
    const counted = await tally({ constants: { api_long_wait_ns: 400 * ms } });
    await ask(`http://${server.address4}:8080/?delay=5`, { count: 20, connection: 'fresh' });
    await ask(`http://${server.address4}:8080/?delay=600`, { count: 5, connection: 'fresh' });
    await vi.waitFor(
      () => expect(told(counted)).toMatchObject({ requests: 25, excluded_long_waits: 0 }),
      5_000,
    );
  });

  const poll = { constants: { api_long_wait_ns: 400 * ms } };
  const plain = (): string => `http://${server.address4}:8080`;
  const times = (n: number, run: () => Promise<void>): Promise<unknown> =>
    Promise.all(Array.from({ length: n }, run));

  for (const [what, delays] of [
    ['fresh connections', '600'],
    ['connections of prompt answers', '5,5,5,600'],
  ] as const)
    it(`leaves out long polls on ${what} while the peer answers others promptly`, async () => {
      const counted = await tally(poll);
      const prompt = launch(`${plain()}/?delay=5`, { count: 10_000, pause: 10 });
      await prompt.waitForJson('asked', 30, 10_000);
      const count = 4 * delays.split(',').length;
      await times(3, () => ask(plain(), { delays, count, connection: delays === '600' ? 'fresh' : 'kept' }));
      await vi.waitFor(() => expect(told(counted)).toMatchObject({ excluded_long_waits: 12 }), 5_000);
      expect(sketchQuantile(sketchCountsOf(told(counted), 'response_us'), 1)).toBeLessThan(400_000);
    });

  it.each(['kept', 'fresh'])(
    'tells a step of all answers from prompt to longer than polls, %s connections',
    async (connection) => {
      const counted = await tally(poll);
      const clients = Array.from({ length: 6 }, () =>
        launch(`${plain()}/?delay=5`, { count: 10_000, pause: 20, connection }),
      );
      await Promise.all(clients.map((process) => process.waitForJson('asked', 10, 10_000)));
      process.kill(api.pid, 'SIGUSR2');
      await new Promise((resolve) => setTimeout(resolve, 3_000));
      process.kill(api.pid, 'SIGUSR2');
      const slow = () =>
        [...sketchCountsOf(told(counted), 'response_us')].filter(
          ([bucket]) => bucket > sketchBucketOf(400_000),
        );
      await vi.waitFor(
        () => expect(slow().reduce((sum, [, count]) => sum + count, 0)).toBeGreaterThanOrEqual(6 * 3),
        5_000,
      );
      expect(told(counted)['excluded_long_waits']).toBe(0);
    },
  );

  it('tells long waits of half of the requests, though the others are prompt', async () => {
    const counted = await tally(poll);
    await ask(`${plain()}/?delay=5`, { count: 25 });
    const prompt = launch(`${plain()}/?delay=5`, { count: 10_000, pause: 100 });
    await prompt.waitForJson('asked', 1, 10_000);
    await times(8, () => ask(plain(), { delays: '600', count: 4, connection: 'fresh' }));
    await vi.waitFor(() => {
      // Of the first of all, which began beside fewer, some may pass for polls.
      expect(told(counted)['excluded_long_waits']).toBeLessThan(8);
      expect(sketchQuantile(sketchCountsOf(told(counted), 'response_us'), 0.9)).toBeGreaterThan(500_000);
    }, 5_000);
  });

  it('leaves out long polls of a peer known for them, even if nobody else asks, but not what is given up', async () => {
    const counted = await tally(poll);
    await ask(plain(), { delays: '600', count: 3, connection: 'fresh' });
    await ask(plain(), { delays: '5,5,5,5,600,600', count: 6 });
    await vi.waitFor(
      () => expect(told(counted)).toMatchObject({ requests: 4, excluded_long_waits: 5 }),
      5_000,
    );
    await ask(plain(), { delays: '5,5,5,20000', count: 4, timeout: 1_500 });
    await vi.waitFor(
      () => expect(told(counted)).toMatchObject({ requests: 8, unanswered: 1, excluded_long_waits: 5 }),
      5_000,
    );
  });

  it('tells the first byte of a stream, then leaves it out', async () => {
    const counted = await tally({ constants: { api_pause_ns: 100 * ms } });
    launch(`https://${server.address4}:8443/?events=250`);
    await vi.waitFor(() => expect(told(counted)).toMatchObject({ excluded_streams: 1, requests: 1 }), 5_000);
  });

  it('counts a request that is given up as one that took at least as long', async () => {
    const counted = await tally({ constants: { api_pause_ns: 300 * ms } });
    await ask(`https://${server.address4}:8443/?delay=20000`, { timeout: 800, connection: 'fresh' });
    await vi.waitFor(() => expect(told(counted)).toMatchObject({ requests: 1, unanswered: 1 }), 5_000);
    expect(medianMs(told(counted), 'response_us')).toBeGreaterThan(600);
  });

  it('sees connections older than the agent from their second request on', async () => {
    const process = launch(`https://${server.address4}:8443/?delay=30`, { count: 1_000, pause: 20 });
    await process.waitForJson('asked', 3, 10_000);
    const counted = await tally();
    await vi.waitFor(() => expect(told(counted)['requests']).toBeGreaterThan(10), 10_000);
    const fields = told(counted);
    expect(fields).toMatchObject({ connections: 0, hellos: 0, excluded_unclear: 1, excluded_duplex: 0 });
    expect(medianMs(fields, 'response_us')).toBeGreaterThan(25);
    expect(medianMs(fields, 'response_us')).toBeLessThan(120);
  });

  it('follows nobody whose peer is internal', async () => {
    const counted = await tally({
      settings: { network: { internal: [`${server.address4}/32`, `${server.address6}/128`] } },
    });
    for (const [, origin] of origins()) await ask(`${origin}/`, { count: 2 });
    expect(counted.matching(mine())).toEqual([]);
  });
});
