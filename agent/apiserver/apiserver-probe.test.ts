import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { sketchCountsOf, sketchQuantile } from '../../signals/sketch.ts';
import { freePort } from '../../test/lab/free-port.ts';
import { systemClock } from '../clock.ts';
import type { Probe, ProbeRow, ProbeStart } from '../probe.ts';
import { createApiServerProbe } from './apiserver-probe.ts';
import { ownSlicePath } from './own-slice.ts';
import { apiServerSettingsSchema } from './apiserver-settings.ts';
import { type CertificateAuthority, createAuthority, type KeyPair } from './testing/certificates.ts';
import { FakeApiServer } from './testing/fake-api-server.ts';

const token = 'very-secret-token';
const noPod = { variables: {}, serviceAccountDirectory: '/nonexistent' };
let authority: CertificateAuthority;
let identity: KeyPair;
let directory: string;
let cleanUp: AsyncDisposableStack;

beforeAll(async () => {
  authority = await createAuthority();
  identity = await authority.issue(['127.0.0.1', 'localhost', 'kubernetes.default.svc']);
});
beforeEach(() => {
  cleanUp = new AsyncDisposableStack();
  directory = mkdtempSync(join(tmpdir(), 'saccade-apiserver-'));
  cleanUp.defer(() => rmSync(directory, { recursive: true, force: true }));
});
afterEach(() => cleanUp.disposeAsync());

function file(name: string, text: string): string {
  const path = join(directory, name);
  writeFileSync(path, text);
  return path;
}

async function serve(options: Partial<ConstructorParameters<typeof FakeApiServer>[0]> = {}) {
  return cleanUp.use(await new FakeApiServer({ identity, ...options }).listen());
}

interface Watching {
  readonly probe: Probe;
  readonly started: ProbeStart;
  readonly candidates: ProbeRow[];
  readonly logged: string[];
  /** Sums of all fields so far. */
  totals(): Record<string, number>;
  readonly rows: ProbeRow[];
}

async function watch(target: Record<string, unknown>, settings: object = {}): Promise<Watching> {
  const probe = createApiServerProbe({
    settings: {
      apiserver: apiServerSettingsSchema.parse({
        interval: '200ms',
        timeout: '300ms',
        targets: [{ name: 'prod', ca_file: file('ca.pem', authority.pem), paths: ['/readyz'], ...target }],
        ...settings,
      }),
    },
    environment: noPod,
    random: () => 0.5,
  });
  const rows: ProbeRow[] = [];
  const candidates: ProbeRow[] = [];
  const logged: string[] = [];
  const log = (fields: object, message: string): void =>
    void logged.push(`${message} ${JSON.stringify(fields)}`);
  const started = await probe.start({
    clock: systemClock,
    logger: { info: log, warn: log, error: log },
    onCandidate(candidate) {
      const row = candidate.take();
      if (row === undefined) return;
      candidates.push(row);
      rows.push(row);
    },
  });
  cleanUp.defer(() => probe.stop());
  const totals = (): Record<string, number> => {
    rows.push(...probe.collect());
    const sums: Record<string, number> = {};
    for (const row of rows)
      for (const [name, value] of Object.entries(row.fields)) sums[name] = (sums[name] ?? 0) + value;
    return sums;
  };
  return { probe, started, candidates, logged, totals, rows };
}

const median = (fields: Record<string, number>, sketch: string): number =>
  sketchQuantile(sketchCountsOf(fields, sketch), 0.5);

const outcomes = ({ rows }: Watching) => rows.flatMap((row) => row.evidence?.requests ?? []);

describe('apiserver.latency', () => {
  it('measures the phases on a fresh and on a kept connection, for every path', async () => {
    const server = await serve({ token });
    const watching = await watch({
      url: `https://localhost:${server.port}`,
      token_file: file('token', `${token}\n`),
      paths: ['/readyz', '/api/v1/namespaces?limit=1'],
    });
    expect(watching.started).toEqual({ attached: true, how: 'by requests to prod', notes: [] });
    await vi.waitFor(() => expect(watching.totals()['warm_requests']).toBeGreaterThanOrEqual(6), 5_000);
    const totals = watching.totals();
    expect(totals['failures']).toBe(0);
    expect(new Set(watching.rows.map(({ target }) => target))).toEqual(
      new Set(['/readyz', '/api/v1/namespaces?limit=1']),
    );
    expect(watching.rows[0]).toMatchObject({
      signal: 'apiserver.latency',
      role: 'client',
      servicePort: server.port,
      peer: { kind: 'service', name: 'prod', ip: '127.0.0.1' },
    });
    for (const phase of ['dns_us', 'connect_us', 'tls_us']) {
      const counted = [...sketchCountsOf(totals, phase).values()].reduce((sum, n) => sum + n, 0);
      // The kept connection was a fresh one once, too.
      expect(counted, phase).toBe(totals['fresh_requests']);
    }
    // One may be under way; of those that a busy machine held up, no time is told.
    const untold = server.connections - (totals['fresh_requests'] ?? 0);
    expect(untold).toBeGreaterThanOrEqual(0);
    expect(untold).toBeLessThanOrEqual(1 + (totals['held_up'] ?? 0));
    expect(outcomes(watching)).toContainEqual(
      expect.objectContaining({
        outcome: '200',
        phases_us: expect.objectContaining({ tls: expect.any(Number) as number }) as object,
      }),
    );
  });

  it('measures what the answer takes', async () => {
    const server = await serve();
    server.behaviour = { kind: 'healthy', delayMs: 120 };
    const watching = await watch({ url: server.url });
    await vi.waitFor(() => expect(watching.totals()['warm_requests']).toBeGreaterThanOrEqual(3), 5_000);
    const totals = watching.totals();
    for (const sketch of ['first_byte_us', 'fresh_us', 'warm_us']) {
      expect(median(totals, sketch), sketch).toBeGreaterThan(110_000);
      expect(median(totals, sketch), sketch).toBeLessThan(300_000);
    }
    expect(median(totals, 'connect_us')).toBeLessThan(100_000);
  });

  it.each([
    [{ kind: 'status', status: 500 }, 'server', '500'],
    [{ kind: 'status', status: 503 }, 'server', '503'],
    [{ kind: 'status', status: 403 }, 'denied', '403'],
    [{ kind: 'status', status: 404 }, 'unexpected', '404'],
    [{ kind: 'hang' }, 'timeout', 'timeout'],
    [{ kind: 'reset', midway: false }, 'reset', 'reset'],
    [{ kind: 'reset', midway: true }, 'reset', 'reset'],
  ] as const)('counts %j as %s and tells it before the window ends', async (behaviour, failure, outcome) => {
    const server = await serve();
    server.behaviour = behaviour;
    const watching = await watch({ url: server.url });
    await vi.waitFor(() => expect(watching.candidates.length).toBeGreaterThanOrEqual(2), 5_000);
    const totals = watching.totals();
    expect(totals['failures']).toBe(totals['requests']);
    expect(totals[`failures_${failure}`]).toBe(totals['failures']);
    expect(new Set(outcomes(watching).map((request) => request.outcome))).toEqual(new Set([outcome]));
    // A time-out is as slow as it was allowed to be; other failures say nothing about speed.
    const { failures = 0, held_up: heldUp = 0 } = totals;
    expect(totals['fresh_requests'] ?? 0).toBe(failure === 'timeout' ? failures - heldUp : 0);
  });

  it('leaves a server alone for as long as it asks', async () => {
    const server = await serve();
    server.behaviour = { kind: 'status', status: 429, headers: { 'retry-after': '60' } };
    const watching = await watch({ url: server.url });
    await vi.waitFor(() => expect(watching.totals()['failures_throttled']).toBe(2), 5_000);
    await new Promise((resolve) => setTimeout(resolve, 700));
    expect(watching.totals()['requests']).toBe(2);
  });

  it('reads no more of an answer than it must', async () => {
    const server = await serve();
    server.behaviour = { kind: 'flood' };
    const watching = await watch({ url: server.url }, { timeout: '5s' });
    await vi.waitFor(() => expect(watching.totals()['requests']).toBeGreaterThanOrEqual(4), 5_000);
    expect(watching.totals()['failures']).toBe(0);
  });

  it('tells a certificate that expired, and one of an unknown authority', async () => {
    const server = await serve({ identity: await authority.issue(['127.0.0.1'], { expired: true }) });
    const watching = await watch({ url: server.url });
    await vi.waitFor(() => expect(watching.totals()['failures_tls']).toBeGreaterThanOrEqual(2), 5_000);
    expect(outcomes(watching)[0]).toMatchObject({
      outcome: 'tls',
      detail: expect.stringContaining('CERT_HAS_EXPIRED') as string,
    });
    const stranger = await createAuthority('stranger');
    server.replaceIdentity(await stranger.issue(['127.0.0.1']));
    await vi.waitFor(() => {
      watching.totals();
      expect(outcomes(watching).at(-1)?.detail).toMatch(/UNABLE_TO_VERIFY|SELF_SIGNED|LEAF_SIGNATURE/);
    }, 5_000);
  });

  it('tells a name that does not resolve, and a port where nobody listens', async () => {
    const unknown = await watch({ url: 'https://api.invalid:6443' }, { timeout: '5s' });
    await vi.waitFor(() => expect(unknown.totals()['failures_dns']).toBeGreaterThanOrEqual(2), 8_000);
    const port = await freePort();
    const refused = await watch({ url: `https://127.0.0.1:${port}` });
    await vi.waitFor(() => expect(refused.totals()['failures_connect']).toBeGreaterThanOrEqual(2), 5_000);
    expect(outcomes(refused)[0]?.detail).toContain('ECONNREFUSED');
  });

  it('does not count it as a failure that an idle connection was closed', async () => {
    const server = await serve();
    const watching = await watch({ url: server.url });
    await vi.waitFor(() => expect(watching.totals()['warm_requests']).toBeGreaterThan(0), 5_000);
    for (let time = 1; time <= 3; time++) {
      const { requests = 0 } = watching.totals();
      server.dropConnections();
      await vi.waitFor(() => expect(watching.totals()['requests']).toBeGreaterThan(requests + 1), 5_000);
    }
    const totals = watching.totals();
    // A request that was under way may be hit by the drop itself: that one is a true reset.
    expect(totals['failures']).toBe(totals['failures_reset']);
    expect(totals['failures']).toBeLessThanOrEqual(1);
  });

  it('takes a rotated token at once, and shows no secret anywhere', async () => {
    const server = await serve({ token });
    const path = file('token', 'expired-secret');
    const watching = await watch({ url: server.url, token_file: path });
    await vi.waitFor(() => expect(watching.totals()['failures_denied']).toBeGreaterThanOrEqual(2), 5_000);
    writeFileSync(path, token);
    await vi.waitFor(() => expect(watching.totals()['warm_requests']).toBeGreaterThan(0), 5_000);
    const shown = JSON.stringify([
      watching.rows.map((row) => ({ ...row, owner: null })),
      watching.logged,
      watching.started,
      watching.probe.health(),
    ]);
    expect(shown).not.toMatch(/expired-secret|very-secret/);
  });

  it('proves who it is by a client certificate', async () => {
    const server = await serve({ clientAuthority: authority.pem });
    const { cert, key } = await authority.issue(['saccade']);
    const stranger = await watch({ url: server.url });
    await vi.waitFor(() => expect(stranger.totals()['failures']).toBeGreaterThan(0), 5_000);
    const known = await watch({
      url: server.url,
      client_cert_file: file('client.pem', cert),
      client_key_file: file('client.key', key),
    });
    await vi.waitFor(() => expect(known.totals()['warm_requests']).toBeGreaterThan(0), 5_000);
    expect(known.totals()['failures']).toBe(0);
  });

  it('says at the start which file cannot be used, asks nobody meanwhile, and begins once it is mended', async () => {
    const server = await serve();
    const path = file('broken.pem', 'no certificate');
    const watching = await watch({ url: server.url, ca_file: path });
    expect(watching.started).toMatchObject({
      notes: [
        expect.stringContaining(`prod cannot be asked: ca_file ${path} holds no certificate`) as string,
      ],
    });
    await vi.waitFor(
      () => expect(watching.probe.health().counters['rounds_refused']).toBeGreaterThan(1),
      5_000,
    );
    expect([watching.totals(), watching.logged.length, server.connections]).toEqual([{}, 1, 0]);
    writeFileSync(path, authority.pem);
    await vi.waitFor(() => expect(watching.totals()['fresh_requests']).toBeGreaterThan(0), 5_000);
  });

  it('has nothing to watch where nothing is configured and no cluster is around', async () => {
    const { started } = await watch({}, { targets: [] });
    expect(started).toMatchObject({ attached: false, idle: true });
  });

  it('finds the API servers of its own cluster in a pod, behind their Service, and follows who they are', async () => {
    const [server, second] = [await serve({ token }), await serve({ token, host: '127.0.0.2' })];
    const sliceOf = (...ips: readonly string[]) => ({
      endpoints: ips.map((ip) => ({ addresses: [ip], conditions: { ready: true } })),
      ports: [{ name: 'https', port: second.port }],
    });
    server.objects.set(ownSlicePath, sliceOf('127.0.0.2'));
    writeFileSync(join(directory, 'token'), token);
    writeFileSync(join(directory, 'ca.crt'), authority.pem);
    const probe = createApiServerProbe({
      settings: { apiserver: apiServerSettingsSchema.parse({ interval: '200ms' }) },
      environment: {
        variables: { KUBERNETES_SERVICE_HOST: '127.0.0.1', KUBERNETES_SERVICE_PORT: String(server.port) },
        serviceAccountDirectory: directory,
      },
    });
    cleanUp.defer(() => probe.stop());
    const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
    const started = await probe.start({ clock: systemClock, logger: silent, onCandidate: () => undefined });
    expect(started).toMatchObject({
      attached: true,
      how: 'by requests to service/kubernetes.default and the servers behind it',
    });
    const rows = new Map<string, ProbeRow>();
    await vi.waitFor(() => {
      for (const row of probe.collect()) rows.set(`${row.peer?.name} ${row.target}`, row);
      expect([...rows.keys()].toSorted()).toEqual([
        `service/kubernetes.default ${ownSlicePath}`,
        'service/kubernetes.default /readyz',
        `service/kubernetes.default/127.0.0.2 ${ownSlicePath}`,
        'service/kubernetes.default/127.0.0.2 /readyz',
      ]);
    }, 5_000);
    expect([...rows.values()].map(({ fields }) => fields['failures'])).toEqual([0, 0, 0, 0]);
    expect(second.requests.every(({ authorization }) => authorization === `Bearer ${token}`)).toBe(true);
  });
});
