import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DestinationWriter } from '../../history/destination-writer.ts';
import type { Access } from '../access/access.ts';
import { ConsoleScene } from '../testing/console-scene.ts';
import { hiddenFingerprint, hiddenMark, twoNamespaces } from '../testing/two-namespaces.ts';
import { firingFingerprint } from '../testing/sample-story.ts';

const nowMs = Date.UTC(2026, 10, 21, 14);
const folder = mkdtempSync(join(tmpdir(), 'saccade-visible-'));
const packets = join(folder, 'one.pcapng');
let scene: ConsoleScene;

/** Ada may see and touch `shop` only, Bob sees everything and may nothing, the admin is who has a token. */
const people: Readonly<Record<string, Access>> = {
  ada: {
    namespaces: new Set(['shop']),
    may: async (_deed, namespace) => namespace === 'shop',
  },
  bob: { namespaces: 'all', may: async () => false },
};

beforeAll(async () => {
  writeFileSync(packets, hiddenMark);
  scene = new ConsoleScene({
    nowMs,
    tokens: [{ name: 'root', role: 'admin', token_env: 'ROOT' }],
    moreRules: [{ id: `${hiddenMark}-rule`, namespace: hiddenMark }],
    environment: { ROOT: 'token-of-root-0123456789' },
    people: async (token) => {
      const access = people[token];
      return access && { name: token, role: 'responder', access };
    },
  });
  await scene.start();
  await scene.tell(twoNamespaces(nowMs, packets));
  new DestinationWriter(scene.history.log.database).writeAll(['shop', hiddenMark].map(destinationOf));
  for (const namespace of ['shop', hiddenMark])
    await ask('root', 'POST', '/silences', {
      matchers: [{ name: 'namespace', op: '=', value: namespace }],
      duration_ms: 3_600_000,
      comment: namespace,
    });
});
afterAll(async () => {
  await scene.dispose();
  rmSync(folder, { recursive: true });
});

const tokenOf = (who: string): string => (who === 'root' ? 'token-of-root-0123456789' : who);

async function ask(who: string, method: 'GET' | 'POST' | 'DELETE', path: string, payload?: object) {
  const headers = { authorization: `Bearer ${tokenOf(who)}` };
  const url = `/api/v1${path}`;
  const answer = await scene.server.inject({ method, url, headers, ...(payload && { payload }) });
  return { status: answer.statusCode, text: answer.body };
}

const window = `since_ms=0&until_ms=${nowMs + 60_000}`;
const hiddenAlert = `${hiddenFingerprint}-1`;
const hiddenCapture = `${hiddenAlert}-1`;
const draft = { text: `alert: X # ${hiddenMark}` };

/**
 * What each route must not tell Ada. `shows`: it tells the admin of the hidden namespace, and Ada the rest. `missing`: for
 * Ada what is asked for does not exist. `refused`: she may not. `same`: nothing there is of a namespace.
 */
type Expectation = 'shows' | 'missing' | 'refused' | 'same';
type Asked = readonly [path: string, expected: Expectation, payload?: object];
const routes: Readonly<Record<string, readonly Asked[]>> = {
  'GET /session': [['/session', 'same']],
  'GET /session/oidc': [['/session/oidc', 'missing']],
  'GET /session/oidc/callback': [['/session/oidc/callback', 'missing']],
  'DELETE /session': [['/session', 'same']],
  'GET /now': [['/now', 'shows']],
  'GET /alerts': [
    ['/alerts', 'shows'],
    [`/alerts?q=${hiddenMark}`, 'shows'],
    [`/alerts?q=${hiddenFingerprint.slice(0, 8)}`, 'shows'],
    [`/alerts?namespace=${hiddenMark}&full=true`, 'shows'],
  ],
  'GET /alerts/:id': [[`/alerts/${hiddenAlert}`, 'missing']],
  'GET /alerts/:id/series': [[`/alerts/${hiddenAlert}/series`, 'missing']],
  'GET /alerts/:id/similar': [
    [`/alerts/${hiddenAlert}/similar`, 'missing'],
    [`/alerts/${firingFingerprint}-1/similar`, 'same'],
  ],
  'POST /alerts/:id/acknowledge': [[`/alerts/${hiddenAlert}/acknowledge`, 'missing', {}]],
  'POST /alerts/:id/accept': [[`/alerts/${hiddenAlert}/accept`, 'missing', {}]],
  'POST /alerts/:id/verdict': [[`/alerts/${hiddenAlert}/verdict`, 'missing', { verdict: 'noise' }]],
  'POST /alerts/:id/silence': [[`/alerts/${hiddenAlert}/silence`, 'missing', { duration_ms: 60_000 }]],
  'POST /alerts/:id/capture': [[`/alerts/${hiddenAlert}/capture`, 'missing', {}]],
  'GET /calendar': [[`/calendar?${window}`, 'same']],
  'GET /precision': [[`/precision?${window}`, 'same']],
  'GET /silences': [['/silences', 'shows']],
  'POST /silences': [
    [
      '/silences',
      'refused',
      { matchers: [{ name: 'namespace', op: '=', value: hiddenMark }], duration_ms: 60_000 },
    ],
    ['/silences', 'refused', { matchers: [{ name: 'alertname', op: '=', value: 'X' }], duration_ms: 60_000 }],
  ],
  'POST /silences/:id/expire': [['/silences/silence-2/expire', 'missing', {}]],
  'GET /captures': [['/captures', 'shows']],
  'GET /captures/:id': [[`/captures/${hiddenCapture}`, 'missing']],
  'GET /captures/:id/packets': [[`/captures/${hiddenCapture}/packets`, 'missing']],
  'GET /captures/:id/file': [[`/captures/${hiddenCapture}/file`, 'missing']],
  'POST /captures': [
    ['/captures', 'refused', { namespace: hiddenMark, workload: 'deployment/ledger', peer: 'bank' }],
  ],
  'GET /rules': [['/rules', 'shows']],
  'GET /rules/:id/guards': [['/rules/tcp-retransmit-spike/guards', 'shows']],
  'POST /rules/check': [['/rules/check', 'same', draft]],
  'POST /rules/replay': [['/rules/replay', 'refused', draft]],
  'GET /signals': [['/signals', 'same']],
  'GET /series': [['/series', 'shows']],
  'GET /explore': [
    [`/explore?signal=tcp.retransmits&measure=retransmit_ratio&by=namespace,workload&${window}`, 'shows'],
  ],
  'GET /map': [[`/map?${window}`, 'shows']],
  'GET /destinations': [['/destinations', 'shows']],
  'GET /status': [['/status', 'shows']],
  'GET /audit': [['/audit', 'refused']],
  // Both read on below: a stream that does not end, a session that begins.
  'GET /events': [],
  'POST /session': [],
};

describe('who sees one namespace only', () => {
  it('is thought of in every route', () => {
    const known = scene.routes.filter((route) => !route.startsWith('HEAD')).toSorted();
    expect(Object.keys(routes).toSorted()).toEqual(known);
  });

  it.each(
    Object.entries(routes).flatMap(([route, asked]) =>
      asked.map(([path, expected, payload]) => ({ route, path, expected, payload })),
    ),
  )('$route $path: $expected', async ({ route, path, expected, payload }) => {
    const method = route.split(' ')[0] as 'GET' | 'POST' | 'DELETE';
    const ada = await ask('ada', method, path, payload);
    // A refusal may say again what was asked for.
    if (ada.status < 400) expect(ada.text).not.toContain(hiddenMark);
    expect(ada.text).not.toContain(`deployment/${hiddenMark}`);
    expect(ada.status).toBe({ shows: 200, same: 200, missing: 404, refused: 403 }[expected]);
    if (expected !== 'shows') return;
    const root = await ask('root', method, path, payload);
    expect(root.status).toBe(200);
    expect(root.text).not.toEqual(ada.text);
  });

  it('counts nothing of what is hidden', async () => {
    const count = async (who: string, path: string): Promise<string> => (await ask(who, 'GET', path)).text;
    for (const path of [`/calendar?${window}`, `/precision?${window}`, `/rules/tcp-retransmit-spike/guards`])
      expect(await count('ada', path)).not.toEqual(await count('root', path));
    expect(JSON.parse(await count('ada', '/rules'))).toMatchObject({
      rules: [{ keys: null }, { keys: null }, { keys: null }],
    });
  });

  it('finds what is there, by search and by id, with its packets', async () => {
    const found = await ask('ada', 'GET', '/alerts?q=checkout');
    expect(JSON.parse(found.text)).toMatchObject({ alerts: [{ namespace: 'shop' }] });
    expect(await ask('ada', 'GET', `/alerts/${firingFingerprint}`)).toMatchObject({ status: 200 });
    expect(await ask('ada', 'GET', `/captures/${firingFingerprint}-1-1/file`)).toMatchObject({ status: 200 });
    const detail = JSON.parse((await ask('ada', 'GET', `/alerts/${firingFingerprint}-1`)).text) as object;
    expect(detail).toMatchObject({
      notifications: [{ id: 'slack/g/1' }],
      captures: [{ id: `${firingFingerprint}-1-1` }],
    });
  });

  it('may answer and silence there', async () => {
    const matchers = [{ name: 'namespace', op: '=', value: 'shop' }];
    const silence = { matchers, duration_ms: 60_000 };
    expect(await ask('ada', 'POST', '/silences', silence)).toMatchObject({ status: 200 });
    expect(await ask('ada', 'POST', `/alerts/${firingFingerprint}-1/acknowledge`, {})).toMatchObject({
      status: 200,
    });
    expect(await ask('ada', 'POST', `/alerts/${firingFingerprint}-1/capture`, {})).toMatchObject({
      status: 200,
    });
    expect(scene.orders.at(-1)).toMatchObject({ namespaces: ['shop'] });
  });

  it('hears of changes there, and of others only that there may be some', async () => {
    const changes = await scene.heardBy(people['ada'] ?? fail(), [
      { kind: 'alert', subject: 'seen', namespace: 'shop' },
      { kind: 'alert', subject: 'unseen', namespace: hiddenMark },
      { kind: 'silence', subject: 'id', namespace: null },
    ]);
    expect(changes).toEqual([
      { kind: 'alert', subject: 'seen', namespace: 'shop' },
      { kind: 'silence', subject: '', namespace: null },
    ]);
  });
});

describe('who sees all namespaces and may do nothing', () => {
  it('sees what the admin sees', async () => {
    for (const path of ['/alerts', '/captures', `/map?${window}`])
      expect(await ask('bob', 'GET', path)).toEqual(await ask('root', 'GET', path));
  });

  it.each([
    [`/alerts/${firingFingerprint}-1/acknowledge`, {}],
    [`/alerts/${firingFingerprint}-1/capture`, {}],
    ['/captures', { workload: 'checkout', peer: 'api' }],
    ['/silences', { matchers: [{ name: 'namespace', op: '=', value: 'shop' }], duration_ms: 60_000 }],
    ['/silences/silence-1/expire', {}],
  ])('is refused %s, with the right that it needs', async (path, payload) => {
    const { status, text } = await ask('bob', 'POST', path, payload);
    expect([status, text]).toEqual([403, expect.stringContaining('you are not allowed to create') as string]);
  });
});

function destinationOf(namespace: string) {
  return {
    kind: 'destination' as const,
    cluster: 'c1',
    namespace,
    workload: `deployment/${namespace}`,
    name: `${namespace}.example`,
    host: `${namespace}.example`,
    servicePort: 443,
    contacts: 3,
    bytesSent: 1_500,
    bytesReceived: 1_500,
    firstMs: nowMs,
    lastMs: nowMs,
  };
}

const fail = (): never => {
  throw new Error('no such person');
};
