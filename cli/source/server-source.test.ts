import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { databasePath } from '../../app/open-log.ts';
import { ConsoleScene } from '../../console/testing/console-scene.ts';
import { firingFingerprint, firingStory, pastStory } from '../../console/testing/sample-story.ts';
import { DestinationWriter } from '../../history/destination-writer.ts';
import { run } from '../run.ts';

const nowMs = Date.now();
const token = 'a-token-of-ada-0123456789';
const folder = mkdtempSync(join(tmpdir(), 'saccade-server-'));
const tokenFile = join(folder, 'token');
const packets = join(folder, 'one.pcapng');
let scene: ConsoleScene;
let url: string;

beforeAll(async () => {
  writeFileSync(tokenFile, token);
  writeFileSync(packets, 'packets');
  scene = new ConsoleScene({
    nowMs,
    tokens: [
      { name: 'ada', role: 'responder', token_env: 'ADA' },
      { name: 'wall', role: 'viewer', token_env: 'WALL' },
    ],
    environment: { ADA: token, WALL: 'a-token-of-the-wall-0123456789' },
  });
  await scene.tell([...pastStory(nowMs, 450), ...firingStory(nowMs, packets)]);
  new DestinationWriter(scene.history.log.database).writeAll([
    {
      kind: 'destination',
      cluster: 'c1',
      namespace: 'shop',
      workload: 'deployment/checkout',
      name: 'payments.example',
      host: 'api.payments.example',
      servicePort: 443,
      contacts: 3,
      bytesSent: 1500,
      bytesReceived: 2e6,
      firstMs: nowMs - 60_000,
      lastMs: nowMs,
    },
  ]);
  symlinkSync(scene.history.path, databasePath(home));
  url = await scene.start({ listen: true });
});
afterAll(async () => {
  await scene.dispose();
  for (const one of [folder, home]) rmSync(one, { recursive: true });
});

async function ask(...args: readonly string[]) {
  const out: string[] = [];
  const err: string[] = [];
  const code = await run(args, { out: (text) => out.push(text), err: (text) => err.push(text) });
  return { code, out: out.join('\n'), err: err.join('\n') };
}
const there = () => ['--server', url, '--token-file', tokenFile];
/** The same history as files of this machine. */
const home = mkdtempSync(join(tmpdir(), 'saccade-home-'));
const here = () => ['--data', home];
const alert = `${firingFingerprint}-1`;

/** An alert that fires ages between two questions. */
const withoutAges = <T extends { readonly out: string }>(answer: T): T => ({
  ...answer,
  out: answer.out.replaceAll(/^(\S+\s+firing .*:\d\d) {2}\d.*$/gmu, '$1'),
});

describe('a command that asks a console', () => {
  it.each([
    ['alerts', 'list', '--limit', '1000'],
    ['alerts', 'list', '--state', 'open'],
    ['alerts', 'list', '--since', '3d', '--limit', '7'],
    ['alerts', 'show', alert],
    ['explain', firingFingerprint.slice(0, 6)],
    ['captures', 'list'],
    ['captures', 'get', `${alert}-1`],
    ['destinations', 'list'],
  ])('%s %s %s says the same as at home, as text and as JSON', async (...args) => {
    for (const output of ['text', 'json']) {
      const local = await ask(...args, ...here(), '--output', output);
      const away = await ask(...args, ...there(), '--output', output);
      expect(withoutAges(away)).toEqual(withoutAges(local));
      expect([away.code, away.err]).toEqual([0, '']);
      expect(away.out.length).toBeGreaterThan(10);
    }
  });

  it('brings the packets', async () => {
    const file = join(folder, 'copy.pcapng');
    expect(await ask('captures', 'get', `${alert}-1`, file, ...there())).toMatchObject({ code: 0 });
    expect(readFileSync(file, 'utf8')).toBe('packets');
  });

  it('acts in the name of whom the token names, whatever the author says', async () => {
    const matcher = 'workload=deployment/checkout';
    const added = await ask('silences', 'add', matcher, '--duration', '1h', '--author', 'eve', ...there());
    expect(added.code).toBe(0);
    const listed = await ask('silences', 'list', ...there());
    expect(listed.out).toMatch(/silence-.*active.*workload=deployment\/checkout.*ada/);
    expect((await ask('silences', 'expire', 'silence-1', ...there())).code).toBe(0);
    expect((await ask('alerts', 'ack', alert, ...there())).code).toBe(0);
    const shown = await ask('alerts', 'show', alert, '--output', 'json', ...there());
    expect(JSON.parse(shown.out)).toMatchObject({ alert: { acknowledgedBy: 'ada' } });
    expect((await ask('captures', 'start', 'checkout', 'api.payments.example', ...there())).out).toMatch(
      /runs for 20 s/,
    );
  });

  it('tells how it does and by which rules', async () => {
    expect((await ask('status', ...there())).out).toMatch(/stage judge +on/);
    expect((await ask('rules', 'list', ...there())).out).toMatch(/tcp-retransmit-spike .* 214 +31 +1/);
  });

  it.each([
    ['no token', () => ['--server', url], /does not know you/],
    ['a token file that is not there', () => ['--server', url, '--token-file', '/nowhere'], /cannot be read/],
    ['no address', () => ['--server', 'saccade'], /no address of a console/],
    ['an address where nobody answers', () => ['--server', 'http://127.0.0.1:9'], /does not answer/],
    ['an alert that is not there', () => ['--server', url, '--token-file', tokenFile], /there is no alert/],
  ])('says what is wrong with %s', async (_name, flags, message) => {
    const { code, err } = await ask('alerts', 'show', 'ffff', ...flags());
    expect(code).not.toBe(0);
    expect(err).toMatch(message);
    expect(err).not.toContain(token);
  });

  it('tells a stranger among servers', async () => {
    const server = createServer((_request, response) => response.end('<html>')).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const { err } = await ask('alerts', 'list', '--server', `http://127.0.0.1:${port}`);
    server.close();
    expect(err).toMatch(/is not a console of Saccade/);
  });
});
