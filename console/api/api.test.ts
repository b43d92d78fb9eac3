import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ConsoleScene } from '../testing/console-scene.ts';
import { firingFingerprint, firingStory, pastStory } from '../testing/sample-story.ts';

const nowMs = Date.UTC(2026, 10, 21, 14);
const id = `${firingFingerprint}-1`;
let scene: ConsoleScene;

beforeEach(async () => {
  scene = new ConsoleScene({ nowMs });
  await scene.start();
});
afterEach(async () => {
  await scene.dispose();
  expect(scene.errors).toEqual([]);
});

async function get<T = Record<string, unknown>>(path: string): Promise<{ status: number; body: T }> {
  const response = await scene.server.inject({ url: `/api/v1${path}` });
  return { status: response.statusCode, body: response.json() };
}
async function post(
  path: string,
  payload: object = {},
): Promise<{ status: number; body: { error?: string } }> {
  const response = await scene.server.inject({ method: 'POST', url: `/api/v1${path}`, payload });
  return { status: response.statusCode, body: response.json() };
}

describe('an empty history', () => {
  it.each([
    ['/now', { open: [], recent: [], life: [], more: false }],
    ['/alerts', { alerts: [], next: null }],
    ['/captures', { captures: [] }],
    ['/silences', { silences: [] }],
    ['/destinations', { destinations: [] }],
    ['/audit', { entries: [] }],
    [`/map?since_ms=0&until_ms=${nowMs}`, { edges: [], truncated: false }],
    [`/calendar?since_ms=0&until_ms=${nowMs}`, { days: [] }],
    [`/precision?since_ms=0&until_ms=${nowMs}`, { rules: [] }],
  ])('%s says so', async (path, expected) => {
    expect(await get(path)).toMatchObject({ status: 200, body: expected });
  });

  it.each(['/alerts/3f9a', '/alerts/3f9a/series', '/alerts/3f9a/similar', '/captures/x', '/captures/x/file'])(
    '%s is not found, in words',
    async (path) => {
      const { status, body } = await get(path);
      expect(status).toBe(404);
      expect(body['error']).toMatch(/there is no/);
    },
  );
});

describe('a lossy link', () => {
  beforeEach(async () => {
    await scene.tell([...pastStory(nowMs, 30), ...firingStory(nowMs, null)]);
  });

  it('shows now: what fires, what was before, that the eyes are open', async () => {
    const { body } = await get<{ open: { id: string; level: string }[]; life: { workloads: number }[] }>(
      '/now',
    );
    expect(body.open).toMatchObject([{ id: '3f9a1c02-1', level: 'page', upper: 0.0021, unit: 'ratio' }]);
    expect(body.life).toMatchObject([{ signal: 'tcp.retransmits', workloads: 5 }]);
  });

  it('shows one alert with all that belongs to it', async () => {
    const { body } = await get(`/alerts/${id}`);
    expect(body).toMatchObject({
      alert: { state: 'firing', workload: 'deployment/checkout', labels: { layer: 'network' } },
      transitions: [{ seq: 1 }, { seq: 2 }, { seq: 3 }, { seq: 4 }],
      notifications: [{ receiver: 'on-call', phase: 'sent' }],
      captures: [{ phase: 'complete' }],
    });
  });

  it('gives its curve and its band: calm before, lossy since', async () => {
    interface Series {
      readonly points: [number, number | null][];
      readonly band: { upper: number }[];
    }
    const { body } = await get<Series>(`/alerts/${id}/series`);
    const startMs = nowMs - 150_000;
    const mean = (points: Series['points']): number =>
      points.reduce((sum, [, value]) => sum + (value ?? 0), 0) / points.length;
    expect(mean(body.points.filter(([atMs]) => atMs < startMs))).toBeLessThan(0.002);
    expect(mean(body.points.filter(([atMs]) => atMs > startMs + 2000))).toBeGreaterThan(0.05);
    expect(body.band.at(-1)).toMatchObject({ upper: 0.0021 });
  });

  it('explores by line, worst first, and maps who talks to whom', async () => {
    const window = `since_ms=${nowMs - 600_000}&until_ms=${nowMs}`;
    const explored = await get<{ lines: { workload: string }[] }>(
      `/explore?signal=tcp.retransmits&measure=retransmit_ratio&${window}`,
    );
    expect(explored.body.lines).toHaveLength(7);
    expect(explored.body.lines[0]).toMatchObject({
      workload: 'deployment/checkout',
      peer: 'api.payments.example',
    });
    const map = await get<{ edges: { workload: string; measures: Record<string, number> }[] }>(
      `/map?${window}`,
    );
    const edge = map.body.edges.find(
      ({ measures }) => (measures['tcp.retransmits/retransmit_ratio'] ?? 0) > 0.01,
    );
    expect(edge?.workload).toBe('deployment/checkout');
  });

  it('goes from firing to verdict, and writes down who did what', async () => {
    expect((await post(`/alerts/${id}/acknowledge`)).status).toBe(200);
    expect((await post(`/alerts/${id}/silence`, { duration_ms: 3_600_000, comment: 'known' })).status).toBe(
      200,
    );
    expect((await post(`/alerts/${id}/capture`)).status).toBe(200);
    expect((await post(`/alerts/${id}/accept`)).status).toBe(200);
    expect((await post(`/alerts/${id}/verdict`, { verdict: 'useful' })).status).toBe(200);
    const { body } = await get(`/alerts/${id}`);
    expect(body['alert']).toMatchObject({ acknowledged_by: 'local', verdict: 'useful', verdict_by: 'local' });
    expect(scene.accepted).toEqual([firingFingerprint]);
    expect((await get('/silences')).body).toMatchObject({
      silences: [
        {
          comment: 'known',
          matchers: [
            { name: 'alertname' },
            { name: 'namespace' },
            { name: 'workload' },
            { name: 'peer' },
            { name: 'service_port' },
          ],
        },
      ],
    });
    const audit = await get<{ entries: { action: string; outcome: string }[] }>('/audit');
    expect(audit.body.entries.map(({ action, outcome }) => `${action} ${outcome}`).toSorted()).toEqual([
      'alert.accept_as_normal done',
      'alert.acknowledge done',
      'alert.capture done',
      'alert.silence done',
      'alert.verdict done',
    ]);
  });

  it('refuses what cannot be done, and writes that down too', async () => {
    const ended = await get<{ alerts: { fingerprint: string; episode: number }[] }>(
      '/alerts?state=resolved&limit=1',
    );
    const [alert] = ended.body.alerts;
    const refused = await post(`/alerts/${alert?.fingerprint}-${alert?.episode}/acknowledge`);
    expect(refused).toMatchObject({
      status: 409,
      body: { error: expect.stringMatching(/is over/) as string },
    });
    expect((await get('/audit')).body).toMatchObject({ entries: [{ outcome: 'refused' }] });
    expect((await post('/captures', { workload: 'x', peer: 'nobody' })).status).toBe(404);
    expect((await post(`/alerts/${id}/verdict`, { verdict: 'meh' })).status).toBe(400);
    expect((await get('/alerts?limit=100000')).status).toBe(400);
    expect((await get('/alerts?colour=red')).status).toBe(400);
    expect((await get('/explore?signal=x&measure=y&since_ms=1&until_ms=2')).status).toBe(404);
  });
});

it('describes itself', async () => {
  const description = (await scene.server.inject({ url: '/api/openapi.json' })).json<{
    paths: Record<string, object>;
    components: { schemas: object };
  }>();
  expect(Object.keys(description.paths)).toEqual(
    expect.arrayContaining(['/api/v1/alerts', '/api/v1/alerts/{id}']),
  );
  expect(Object.keys(description.components.schemas)).toContain('Alert');
});
