import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seededRandom } from '../../engine/testing/signal-script.ts';
import { systemClock } from '../../stream/clock.ts';
import { openEmbeddedLog } from '../../stream/embedded/embedded-log.ts';
import { uploadFaultPoints } from '../../stream/uploader.ts';
import { freePort } from '../lab/free-port.ts';
import { live, type Death, type Life } from './mortal-process.ts';

const agent = fileURLToPath(new URL('http-agent-process.ts', import.meta.url));
const server = fileURLToPath(new URL('http-server-process.ts', import.meta.url));
const random = seededRandom(195);

let directory: string;
let port: number;
let spooled = 0;
let kills = 0;
let serving: Promise<void> = Promise.resolve();
let over = false;

/** Servers over the same data, one after the other, each killed after a moment. */
async function serve(): Promise<void> {
  while (!over) {
    const death: Death = { kind: 'after', ms: 300 + random() * 1_700 };
    const life = await live({ program: server, input: { directory, port }, death, timeoutMs: 60_000 });
    expect(life).toMatchObject({ killed: true, errors: '' });
    kills += 1;
  }
}

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'saccade-kill-http-'));
  port = await freePort();
  serving = serve();
});
afterAll(async () => {
  over = true;
  await serving;
  rmSync(directory, { recursive: true, force: true });
}, 60_000);

async function liveOnce(death: Death, until = Number.MAX_SAFE_INTEGER): Promise<Life> {
  const path = join(directory, 'spool.db');
  const input = { path, url: `http://127.0.0.1:${port}`, from: spooled, until };
  const life = await live({ program: agent, input, death, timeoutMs: 60_000 });
  spooled = life.acknowledged;
  if (life.killed) kills += 1;
  return life;
}

describe('kill -9 of an agent and of its server', () => {
  it.each(uploadFaultPoints)('again and again at %s', { timeout: 180_000 }, async (point) => {
    for (let n = 0; n < 5; n += 1) {
      const passage = 1 + Math.floor(random() * 5);
      expect(await liveOnce({ kind: 'point', point, passage })).toMatchObject({ killed: true, errors: '' });
    }
  });

  it('at any moment', { timeout: 180_000 }, async () => {
    for (let n = 0; n < 10; n += 1)
      expect(await liveOnce({ kind: 'after', ms: random() * 300 })).toMatchObject({
        killed: true,
        errors: '',
      });
  });

  it('has lost nothing, doubled nothing, and kept the order', { timeout: 180_000 }, async () => {
    const until = spooled + 50;
    expect(await liveOnce({ kind: 'none' }, until)).toMatchObject({ exitCode: 0, errors: '' });
    over = true;
    await serving;
    expect(kills).toBeGreaterThanOrEqual(25);
    const log = openEmbeddedLog({ path: join(directory, 'log.db'), clock: systemClock });
    const stored = log.records.read(['signals', 'dead'], 0, 1_000_000);
    log.close();
    expect(stored.map((entry) => (entry.kind === 'record' ? entry.record.event.id : 'corrupt'))).toEqual(
      Array.from({ length: until }, (_, n) => `n1/boot/${n}`),
    );
  });
});
