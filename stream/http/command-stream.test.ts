import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Registry } from 'prom-client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../clock.ts';
import { openEmbeddedLog, type EmbeddedLog } from '../embedded/embedded-log.ts';
import { silentLogger } from '../stream-logger.ts';
import { validateEvent } from '../validate-event.ts';
import { createCommandStream, type CommandStream } from './command-stream.ts';
import { createServerReach, type ServerReach } from './server-reach.ts';
import { createRequestEvent } from './testing/agent-events.ts';
import { type Door, openDoor } from './testing/open-door.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'saccade-commands-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

interface ListeningAgent extends AsyncDisposable {
  readonly reach: ServerReach;
  ids(): readonly string[];
}

function listen(door: Door, node: string, instance = 'i1', file = `${node}.db`): ListeningAgent {
  const log: EmbeddedLog = openEmbeddedLog({ path: join(directory, file), clock: systemClock });
  const reach = createServerReach({ url: door.url, logger: silentLogger, registry: new Registry() });
  const stream: CommandStream = createCommandStream({
    client: door.client(node, { instance }),
    log,
    validate: validateEvent,
    clock: systemClock,
    reach,
    random: () => 0,
    onFatal: (error) => {
      throw error;
    },
  });
  stream.start();
  return {
    reach,
    ids: () =>
      log.records
        .read(['captures', 'dead'], 0, 1000)
        .flatMap((entry) => (entry.kind === 'record' ? [entry.record.event.id] : [])),
    async [Symbol.asyncDispose]() {
      await stream.stop();
      log.close();
    },
  };
}

const ask = (door: Door, id: string, node: string): Promise<void> =>
  door.log.append('captures', [createRequestEvent(id, node)]);
const connected = (door: Door, node: string) => expect.poll(() => door.connected()).toContain(node);

describe('capture requests', () => {
  it('reach the agent that they are for, and no other', async () => {
    await using door = await openDoor();
    await using one = listen(door, 'n1');
    await using two = listen(door, 'n2');
    await connected(door, 'n1');
    await connected(door, 'n2');
    await ask(door, 'a', 'n1');
    await ask(door, 'b', 'n2');
    await ask(door, 'c', 'n1');
    await expect.poll(() => one.ids()).toEqual(['a/requested', 'c/requested']);
    await expect.poll(() => two.ids()).toEqual(['b/requested']);
  });

  it('wait for an agent that is away, once it has been here; older ones are not for it', async () => {
    await using door = await openDoor();
    await ask(door, 'before', 'n1');
    {
      await using agent = listen(door, 'n1');
      await connected(door, 'n1');
      await ask(door, 'a', 'n1');
      await expect.poll(() => agent.ids()).toEqual(['a/requested']);
    }
    await ask(door, 'b', 'n1');
    await using agent = listen(door, 'n1');
    await expect.poll(() => agent.ids()).toEqual(['a/requested', 'b/requested']);
  });

  it('go on after the server was restarted, and with a server that began anew', async () => {
    const data = mkdtempSync(join(directory, 'server-'));
    const first = await openDoor({ directory: data });
    await using agent = listen(first, 'n1');
    await connected(first, 'n1');
    await ask(first, 'a', 'n1');
    await expect.poll(() => agent.ids()).toEqual(['a/requested']);
    const port = Number(new URL(first.url).port);
    await ask(first, 'b', 'n1');
    await first.stop();
    {
      await using second = await openDoor({ directory: data, port });
      await ask(second, 'c', 'n1');
      await expect.poll(() => agent.ids()).toEqual(['a/requested', 'b/requested', 'c/requested']);
      await second.stop();
    }
    await using anew = await openDoor({ port });
    await ask(anew, 'd', 'n1');
    await expect.poll(() => agent.ids(), { timeout: 10_000 }).toContain('d/requested');
  });

  it('go to one of two agents with one name, and the other is told so until it is alone', async () => {
    await using door = await openDoor();
    const first = listen(door, 'n1', 'one', 'one.db');
    await connected(door, 'n1');
    await using second = listen(door, 'n1', 'two', 'two.db');
    await expect
      .poll(() => second.reach.troubles())
      .toEqual(['commands: 409 another agent is connected as node n1: give each a name of its own ("node")']);
    await ask(door, 'a', 'n1');
    await expect.poll(() => first.ids()).toEqual(['a/requested']);
    expect(second.ids()).toEqual([]);
    await first[Symbol.asyncDispose]();
    await expect.poll(() => second.reach.troubles(), { timeout: 20_000 }).toEqual([]);
  });

  it('of an agent that was restarted do not wait for its dead connection', async () => {
    await using door = await openDoor();
    await using dead = listen(door, 'n1', 'same', 'one.db');
    await connected(door, 'n1');
    await using alive = listen(door, 'n1', 'same', 'two.db');
    await expect.poll(() => dead.reach.troubles().length + alive.reach.troubles().length).toBe(0);
    await ask(door, 'a', 'n1');
    await expect.poll(() => [...alive.ids(), ...dead.ids()]).toContain('a/requested');
  });
});
