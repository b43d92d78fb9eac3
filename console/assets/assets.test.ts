import { mkdtempSync, rmSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ConsoleScene } from '../testing/console-scene.ts';
import { buildBundle, bundleFolder } from './build-bundle.ts';
import { apiCallsOf } from './first-calls.ts';
import { createAssetLoader } from './load-assets.ts';

const root = join(import.meta.dirname, '..', '..');

describe('the page', () => {
  let scene: ConsoleScene;
  beforeAll(async () => {
    scene = new ConsoleScene({ nowMs: Date.UTC(2026, 10, 21) });
    await scene.start();
  });
  afterAll(() => scene.dispose());

  const get = (url: string, headers: Record<string, string> = {}) => scene.server.inject({ url, headers });
  const linked = (html: string): readonly string[] =>
    [...html.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map(([, url]) => url ?? '');

  it('names one script, one style and one picture, which browsers may keep', async () => {
    const { body, headers } = await get('/history?q=x');
    expect(headers['cache-control']).toBe('no-cache');
    const urls = linked(body);
    expect(urls.map((url) => url.split('/').at(-1))).toEqual(['style.css', 'main.js', 'icon.svg']);
    for (const url of urls) {
      const asset = await get(url);
      expect(asset.statusCode).toBe(200);
      expect(asset.headers['cache-control']).toContain('immutable');
    }
  });

  it('sends them small to whom takes that', async () => {
    const script = linked((await get('/')).body).find((url) => url.endsWith('.js')) ?? '';
    const plain = await get(script);
    const small = await get(script, { 'accept-encoding': 'gzip, br' });
    expect(small.headers['content-encoding']).toBe('gzip');
    expect(gunzipSync(small.rawPayload).toString()).toBe(plain.body);
    expect(small.rawPayload.length).toBeLessThan(plain.rawPayload.length / 2);
  });

  it('holds nothing of an address but what is certainly an alert', async () => {
    const { body } = await get('/alerts/"><script>alert(1)</script>');
    expect(body).not.toContain('alert(1)');
  });

  it('does not know files of another version', async () => {
    expect((await get('/assets/000000000000/main.js')).statusCode).toBe(404);
  });
});

describe('what is asked ahead', () => {
  it.each([
    ['/', true, ['session', 'now']],
    ['/history', true, ['session', 'now']],
    ['/alerts/3f9a01-2', true, ['session', 'now', 'alerts/3f9a01-2', 'alerts/3f9a01-2/series']],
    ['/alerts/3f9a01-2', false, ['session']],
  ])('at %s (signed in: %s)', (path, signedIn, calls) => {
    expect(apiCallsOf(path, signedIn)).toEqual(calls.map((call) => `/api/v1/${call}`));
  });
});

describe('the bundle', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'saccade-assets-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('of a packed release is served as it lies there, under the address it has in the sources', async () => {
    await mkdir(join(folder, bundleFolder), { recursive: true });
    for (const [name, content] of await buildBundle(root))
      await writeFile(join(folder, bundleFolder, name), content);
    const [packed, built] = await Promise.all([createAssetLoader(folder)(), createAssetLoader(root)()]);
    expect(packed).toEqual(built);
  });

  it('leaves what draws charts for the first chart', async () => {
    const bundle = await buildBundle(root);
    const scripts = [...bundle.keys()].filter((name) => name.endsWith('.js'));
    expect(scripts).toHaveLength(2);
    const main = Buffer.from(bundle.get('main.js') ?? []).toString();
    expect(main).toMatch(/import\("\.\/uPlot/);
    expect(main).not.toMatch(/^import|\bfrom"\.\//);
  });

  it('that cannot be made is tried again', async () => {
    const load = createAssetLoader(folder);
    await expect(load()).rejects.toThrow('console/web/main.ts');
    await mkdir(join(folder, bundleFolder), { recursive: true });
    expect((await load()).files.size).toBe(0);
  });
});
