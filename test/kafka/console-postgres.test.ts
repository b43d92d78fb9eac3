import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lossyRule } from '../../history/testing/sample-events.ts';
import type { SaccadeProcess } from '../app/saccade-process.ts';
import { isRunning, type PostgresWorld, startPostgresWorld } from './postgres-world.ts';
import { playAgents } from './scripted-agents.ts';

let world: PostgresWorld;
const cleanUp = new AsyncDisposableStack();
beforeAll(async () => void (world = cleanUp.use(await startPostgresWorld('apart'))), 600_000);
afterAll(() => cleanUp.disposeAsync(), 60_000);

const urlOf = (console: SaccadeProcess): Promise<string> =>
  console.until(() => {
    const url = /console +(http:\S+)/u.exec(console.out)?.[1];
    return url === undefined ? undefined : `${url}/api/v1`;
  });

async function get<T>(url: string): Promise<T> {
  return (await (await fetch(url)).json()) as T;
}

async function post(url: string, body: object = {}): Promise<readonly [number, string]> {
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
  return [answer.status, await answer.text()];
}

/** What an open page is told. */
function listen(api: string): { readonly kinds: () => readonly string[]; stop(): void } {
  const stopping = new AbortController();
  let text = '';
  void fetch(`${api}/events`, { signal: stopping.signal })
    .then(async ({ body }) => {
      const decoder = new TextDecoder();
      for await (const chunk of body ?? []) text += decoder.decode(chunk as Uint8Array, { stream: true });
    })
    .catch((error: unknown) => {
      if (!stopping.signal.aborted) throw error;
    });
  return {
    kinds: () => [...text.matchAll(/"kind":"(\w+)"/gu)].map(([, kind]) => kind ?? ''),
    stop: () => stopping.abort(),
  };
}

const noConsole = 'console: { enabled: false }\n';
const free = `console: { listen: '127.0.0.1:0' }\n`;
const long = { timeout: 60_000 };

describe('saccade console over Kafka and PostgreSQL', () => {
  it(
    'two of them, without a disk, show the same, hear of changes, and carry out what people do',
    { timeout: 400_000 },
    async () => {
      const chain = [
        world.start('engine', 'engine'),
        world.start('record', 'record'),
        world.start('notify', 'notify', noConsole),
      ];
      const consoles = [world.start('console', 'one', free), world.start('console', 'two', free)];
      await Promise.all([...chain, ...consoles].map(isRunning));
      const [one = '', two = ''] = await Promise.all(consoles.map(urlOf));
      for (const api of [one, two])
        await expect
          .poll(async () => (await get<{ stages: readonly { ok: boolean }[] }>(`${api}/status`)).stages, long)
          .toContainEqual(expect.objectContaining({ name: 'notify', ok: true }));
      const page = listen(one);

      await playAgents({
        agents: [{ workload: 'netns/checkout', skewMs: 0, faultMs: { from: 4_000, to: 12_000 } }],
        durationMs: 12_000,
        send: (events) => world.producer.append('signals', events),
      });
      await expect.poll(() => world.slack.messages().length, long).toBe(1);
      await expect.poll(() => page.kinds(), long).toEqual(expect.arrayContaining(['alert', 'notification']));
      const alertsOf = async (api: string) =>
        (await get<{ alerts: readonly { id: string; acknowledged_by: string | null }[] }>(`${api}/alerts`))
          .alerts;
      await expect.poll(() => alertsOf(two), long).toHaveLength(1);
      const [{ id } = { id: '' }] = await alertsOf(two);

      expect((await post(`${two}/alerts/${id}/acknowledge`))[0]).toBe(200);
      await expect.poll(async () => (await alertsOf(one))[0]?.acknowledged_by, long).toBe('local');
      expect((await post(`${two}/alerts/${id}/silence`, { duration_ms: 3_600_000 }))[0]).toBe(200);
      for (const api of [one, two])
        await expect
          .poll(async () => (await get<{ silences: readonly object[] }>(`${api}/silences`)).silences, long)
          .toMatchObject([{ created_by: 'local' }]);
      expect(page.kinds()).toContain('silence');
      expect((await post(`${one}/alerts/${id}/capture`))[0]).toBe(200);
      await expect.poll(() => page.kinds(), long).toContain('capture');

      const trial = await post(`${one}/rules/replay`, { text: lossyRule });
      expect(trial).toEqual([200, expect.stringContaining('would have paged')]);

      await chain[2]?.end('SIGKILL');
      await expect
        .poll(async () => (await get<{ stages: readonly object[] }>(`${one}/status`)).stages, {
          timeout: 90_000,
        })
        .toContainEqual(
          expect.objectContaining({
            ok: false,
            reason: expect.stringContaining('has told of itself') as string,
          }),
        );
      expect(await alertsOf(one)).toHaveLength(1);
      page.stop();
    },
  );
});
