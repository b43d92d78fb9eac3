import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sendControl } from '../../app/http/control-client.ts';
import { controlSocketPath } from '../../app/http/control-server.ts';
import { type CaptureRequest, captureRequestedType } from '../../stream/events/capture.ts';
import { observationsType } from '../../stream/events/observation.ts';
import { storedLog } from '../../stream/embedded/stored-log.ts';
import { isRunning, type PostgresWorld, startPostgresWorld } from './postgres-world.ts';
import { readTopic, toRecords } from './read-topic.ts';
import { playAgents, type ScriptedAgent } from './scripted-agents.ts';

let world: PostgresWorld;
const cleanUp = new AsyncDisposableStack();
let beats = 0;
const watchdog = createServer((_request, response) => {
  beats += 1;
  response.end('ok');
});

beforeAll(async () => {
  world = cleanUp.use(await startPostgresWorld('slim'));
  cleanUp.defer(() => void watchdog.close());
  await new Promise<void>((resolve) => watchdog.listen(0, '127.0.0.1', resolve));
}, 600_000);
afterAll(() => cleanUp.disposeAsync(), 60_000);

/** The first trouble lasts while its process is killed; the second begins when nobody sends. */
const agents: readonly ScriptedAgent[] = [
  { workload: 'netns/checkout', skewMs: 0, faultMs: { from: 4_000, to: 34_000 } },
  { workload: 'netns/cart', skewMs: 0, faultMs: { from: 38_000, to: 41_000 } },
];
const play = (): Promise<void> =>
  playAgents({ agents, durationMs: 50_000, send: (events) => world.producer.append('signals', events) });

const captureOrder = {
  workload: 'checkout',
  peer: 'payments',
  before_ms: 1_000,
  during_ms: 1_000,
  max_bytes: 1_000_000,
  requested_by: 'ann',
};

/** What the process says to it; a machine that is slow for once is no answer either. */
async function order(socket: string): Promise<string> {
  try {
    return (await sendControl(socket, 'POST', '/v1/captures', captureOrder)).text;
  } catch (error) {
    return String(error);
  }
}

async function requestedBy(who: string): Promise<readonly CaptureRequest[]> {
  const topic = world.plan.physical('captures');
  return toRecords(world.plan, topic, await readTopic(world.client, topic))
    .filter(({ event }) => event.type === captureRequestedType)
    .map(({ event }) => event.data as CaptureRequest)
    .filter(({ requested_by }) => requested_by === who);
}

describe('saccade notify beside PostgreSQL', () => {
  it(
    'copies no signals, pages once over kill -9 and an empty folder, finds flows for a person, and beats',
    { timeout: 500_000 },
    async () => {
      const { port } = watchdog.address() as AddressInfo;
      const further = `  heartbeat: { url: 'http://127.0.0.1:${port}/', every: 2s }\nconsole: { enabled: false }\n`;
      const engine = world.start('engine', 'engine');
      const record = world.start('record', 'record');
      const first = world.start('notify', 'first', further);
      await Promise.all([engine, record, first].map(isRunning));

      const played = play();
      await expect.poll(() => world.slack.messages().length, { timeout: 120_000 }).toBe(1);
      expect(beats).toBeGreaterThan(0);

      // By half a name: which namespace it is in, the history says; which node, its last observations.
      const socket = controlSocketPath(join(world.directory, 'first'));
      // The history may come a little later than the page; who is told "not yet" asks again.
      await expect.poll(() => order(socket), { timeout: 120_000, interval: 2_000 }).toMatch(/"id":"manual-/u);
      await expect
        .poll(async () => (await requestedBy('ann')).map(({ node }) => node), { timeout: 30_000 })
        .toContain('netns/checkout');

      const resolved = expect.stringMatching(/resolved/iu) as string;
      const texts = (): readonly unknown[] => world.slack.messages().map(({ text }) => text);
      // Its message is open: who takes over knows of it from the topics alone.
      await first.end('SIGKILL');
      await played;
      const second = world.start('notify', 'second', further);
      await isRunning(second);
      await expect.poll(() => world.slack.messages().length, { timeout: 120_000 }).toBe(2);
      await expect.poll(texts, { timeout: 90_000 }).toEqual([resolved, resolved]);
      await Promise.all([engine, record, second].map((one) => one.end('SIGTERM')));
      expect(world.slack.messages()).toHaveLength(2);

      for (const folder of ['first', 'second']) {
        const log = [...storedLog(join(world.directory, folder, 'saccade.db'))];
        expect(log.filter(({ event }) => event.type === observationsType)).toEqual([]);
        expect(log.some(({ topic }) => topic === 'alerts')).toBe(true);
      }
    },
  );
});
