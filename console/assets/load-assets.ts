import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { buildBundle, bundleFolder, versionOf, type Bundle } from './build-bundle.ts';

export interface Asset {
  readonly contentType: string;
  readonly body: Buffer;
}

export interface Assets {
  /** Hash over all of them: a part of their URLs, so that browsers may keep them for ever. */
  readonly version: string;
  /** By name: `main.js`, `style.css`, `icon.svg`, chunks and maps. */
  readonly files: ReadonlyMap<string, Asset>;
}

const contentTypes: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.map': 'application/json; charset=utf-8',
};

/**
 * The browser's part of the console in memory, from when it is first asked for: most starts are looked at by nobody. As
 * a packed release holds it below `root`, else made of the sources there. What fails is tried again the next time.
 */
export function createAssetLoader(root: string): () => Promise<Assets> {
  let loading: Promise<Assets> | undefined;
  return async () => {
    try {
      return await (loading ??= loadAssets(root));
    } catch (error) {
      loading = undefined;
      throw error;
    }
  };
}

async function loadAssets(root: string): Promise<Assets> {
  const packed = join(root, bundleFolder);
  const bundle = existsSync(packed) ? await readBundle(packed) : await buildBundle(root);
  const files = new Map([...bundle].map(([name, content]) => [name, toAsset(name, content)]));
  return { version: versionOf(bundle), files };
}

async function readBundle(folder: string): Promise<Bundle> {
  const names = await readdir(folder);
  return new Map(
    await Promise.all(names.map(async (name) => [name, await readFile(join(folder, name))] as const)),
  );
}

function toAsset(name: string, content: Uint8Array): Asset {
  const contentType = contentTypes[extname(name)] ?? 'application/octet-stream';
  return { contentType, body: Buffer.from(content) };
}
