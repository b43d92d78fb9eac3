import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { firingFingerprint, firingStory } from '../../console/testing/sample-story.ts';
import { HistoryScene } from '../../history/testing/history-scene.ts';
import type { Silence } from '../../stream/events/control.ts';
import { loadConfig } from '../config/load-config.ts';
import { createControl } from '../control.ts';
import { consoleRoutes, type ConsoleView } from '../http/console-routes.ts';
import { controlSocketPath, createControlServer } from '../http/control-server.ts';
import { databasePath } from '../open-log.ts';
import { RecentFlows } from '../recent-flows.ts';
import { createConsoleProcess } from './console-process.ts';

const nowMs = Date.now();
const alert = `${firingFingerprint}-1`;
let folder: string;
let scene: HistoryScene;
const stops: (() => Promise<void>)[] = [];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'saccade-console-'));
  mkdirSync(join(folder, 'captures'));
  scene = new HistoryScene();
  scene.nowMs = nowMs;
  for (const [topic, told] of Map.groupBy(firingStory(nowMs, null), (one) => one.topic))
    await scene.append(topic, ...told.map(({ event }) => event));
});
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
  await scene.dispose();
  rmSync(folder, { recursive: true });
});

/** What a notify process has on its control socket, over the log of the scene. */
async function startBeside(): Promise<{ stop(): Promise<void> }> {
  const silences: (Silence & { readonly expired_by: string | null })[] = [];
  const handlers = createControl({
    node: 'n1',
    producer: scene.log,
    notify: { silences: () => silences },
    flows: new RecentFlows(1),
    status: () => ({}),
    nowMs: () => nowMs,
  });
  const addSilence: typeof handlers.addSilence = async (request) => {
    const silence = await handlers.addSilence(request);
    silences.push({ ...silence, expired_by: null });
    return silence;
  };
  const view = (): ConsoleView => ({
    status: {
      version: '1',
      cluster: 'c1',
      node: 'n1',
      started_at_ms: nowMs,
      stages: [{ name: 'notify', ok: true, lag: 0, reason: '' }],
      receivers: [],
      parts: [],
      default_receivers: false,
    },
    rules: [],
    refused: [],
    silences,
  });
  const all = { ...handlers, addSilence };
  const server = createControlServer(controlSocketPath(folder), all, consoleRoutes({ ...all, view }));
  await server.start();
  stops.push(() => server.stop());
  return server;
}

async function startConsole(): Promise<string> {
  const loaded = loadConfig({ data: folder });
  const console = await createConsoleProcess({
    loaded: {
      ...loaded,
      config: { ...loaded.config, console: { ...loaded.config.console, enabled: false } },
    },
    listen: '127.0.0.1:0',
    logger: pino({ enabled: false }),
    output: { write: () => true },
    onFatal: (error) => {
      throw error;
    },
  });
  const { lines } = await console.start();
  stops.push(() => console.stop());
  const url = /http:\S+/u.exec(lines.join('\n'))?.[0] ?? '';
  return `${url}/api/v1`;
}
const get = async (url: string): Promise<unknown> => (await fetch(url)).json();
const post = (url: string, body: object = {}) =>
  fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });

describe('the console as a process of its own', () => {
  it('shows the history of the other, and carries out through it what people do', async () => {
    symlinkSync(scene.path, databasePath(folder));
    await startBeside();
    const api = await startConsole();
    expect(await get(`${api}/alerts/${alert}`)).toMatchObject({ alert: { acknowledged_by: null } });
    expect((await post(`${api}/alerts/${alert}/acknowledge`)).status).toBe(200);
    expect((await post(`${api}/alerts/${alert}/verdict`, { verdict: 'useful' })).status).toBe(200);
    expect((await post(`${api}/alerts/${alert}/accept`)).status).toBe(200);
    await expect
      .poll(() => get(`${api}/alerts/${alert}`))
      .toMatchObject({ alert: { acknowledged_by: 'local', verdict: 'useful' } });
    expect((await post(`${api}/alerts/${alert}/silence`, { duration_ms: 3_600_000 })).status).toBe(200);
    expect(await get(`${api}/silences`)).toMatchObject({ silences: [{ created_by: 'local' }] });
    expect(await get(`${api}/alerts/${alert}`)).toMatchObject({ silenced_by: [expect.any(String)] });
    const { entries } = (await get(`${api}/audit`)) as { entries: { action: string }[] };
    expect(entries.map(({ action }) => action)).toContain('alert.acknowledge');
    const capture = await post(`${api}/alerts/${alert}/capture`);
    expect([capture.status, ((await capture.json()) as { error: string }).error]).toEqual([
      404,
      expect.stringContaining('has not talked to'),
    ]);
  });

  it('goes on showing when the other is gone, says so, and finds it again', async () => {
    symlinkSync(scene.path, databasePath(folder));
    const api = await startConsole();
    expect(await get(`${api}/status`)).toMatchObject({ stages: [{ name: 'notify', ok: false }] });
    expect(await get(`${api}/alerts?state=open`)).toMatchObject({
      alerts: [{ id: expect.any(String) as string }],
    });
    const refused = await post(`${api}/alerts/${alert}/acknowledge`);
    expect(refused.status).toBe(503);
    expect(((await refused.json()) as { error: string }).error).toContain('does not answer (ENOENT)');
    await startBeside();
    expect((await post(`${api}/alerts/${alert}/acknowledge`)).status).toBe(200);
    expect(await get(`${api}/status`)).toMatchObject({ stages: [{ name: 'notify', ok: true }] });
  });

  it('is refused where there is no history yet', async () => {
    await expect(startConsole()).rejects.toThrow(/there is no history yet/);
  });
});
