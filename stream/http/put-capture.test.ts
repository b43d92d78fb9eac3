import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Registry } from 'prom-client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFolderStore } from '../../capture-store/folder-store.ts';
import { silentLogger } from '../stream-logger.ts';
import { putCapture } from './put-capture.ts';
import type { ServerClient } from './server-client.ts';
import { createServerReach } from './server-reach.ts';
import { openDoor } from './testing/open-door.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'saccade-put-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

function makeFile(bytes: number) {
  const path = join(directory, 'local.pcapng');
  const contents = Buffer.alloc(bytes, 'packets');
  writeFileSync(path, contents);
  return { id: 'a/b', path, bytes, sha256: createHash('sha256').update(contents).digest('hex') };
}

const store = () =>
  createFolderStore({ directory: join(directory, 'server'), maxBytes: 4e6, maxTotalBytes: 8e6 });

function optionsFor(client: ServerClient) {
  const reach = createServerReach({ url: 'x', logger: silentLogger, registry: new Registry() });
  return { client, reach, random: () => 0 };
}

const { signal } = new AbortController();

describe('bringing a capture to the server', () => {
  it('stores it whole, and once', async () => {
    const captures = store();
    await captures.prepare();
    await using door = await openDoor({ captures });
    const file = makeFile(3_000_000);
    const options = optionsFor(door.client('n1'));
    await putCapture(options, file, signal);
    await putCapture(options, file, signal);
    const path = captures.locate(file.id, file.sha256) ?? '';
    expect(readFileSync(path).equals(readFileSync(file.path))).toBe(true);
    expect(captures.counters().files).toBe(1);
  });

  it('waits for a server that is away, and for room on its disk', async () => {
    const captures = store();
    await captures.prepare();
    let refusals = 0;
    const first = await openDoor({ captures });
    const port = Number(new URL(first.url).port);
    const file = makeFile(1000);
    const { CaptureSinkError } = await import('./capture-route.ts');
    await first[Symbol.asyncDispose]();
    const waiting = optionsFor(first.client('n1'));
    const brought = putCapture(waiting, file, signal);
    await expect.poll(() => waiting.reach.troubles()).toHaveLength(1);
    await using second = await openDoor({
      port,
      captures: {
        store: async (capture, body) => {
          if (refusals++ < 2) throw new CaptureSinkError(507, 'no room');
          await captures.store(capture, body);
        },
      },
    });
    await brought;
    expect(second.url).toBe(first.url);
    expect(refusals).toBe(3);
    expect(waiting.reach.troubles()).toEqual([]);
  });

  it('is refused for good where the server never takes such a file', async () => {
    const captures = store();
    await captures.prepare();
    await using door = await openDoor({ captures });
    const options = optionsFor(door.client('n1'));
    await expect(putCapture(options, makeFile(4_000_001), signal)).rejects.toMatchObject({
      code: 'HTTP_TOO_LARGE',
    });
    const gone = { ...makeFile(10), path: join(directory, 'none') };
    await expect(putCapture(options, gone, signal)).rejects.toMatchObject({ code: 'ENOENT' });
    const changed = { ...makeFile(10), sha256: 'a'.repeat(64) };
    await expect(putCapture(options, changed, signal)).rejects.toMatchObject({ code: 'HTTP_REFUSED' });
  });
});
