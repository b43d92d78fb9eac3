import { createHash } from 'node:crypto';
import { basename, join } from 'node:path';
import type { BuildOptions } from 'esbuild';

/** What browsers get of the console, by name: `main.js`, `style.css`, `icon.svg`, chunks that `main.js` loads later. */
export type Bundle = ReadonlyMap<string, Uint8Array>;

/** Where it lies in a packed release, from its root. */
export const bundleFolder = 'console/bundle';

/** Each name is the one in the page. */
const entries = ['main.ts', 'style.css', 'icon.svg'] as const;

/**
 * The browser's part below `root`, with the libraries it imports: one script, and one for charts. About 0.1 s of a
 * process of its own, which is gone afterwards.
 */
export async function buildBundle(root: string): Promise<Bundle> {
  // Not before somebody looks, and never in a packed release: that has its bundle, and its image no esbuild.
  const { build, stop } = await import('esbuild');
  try {
    const { outputFiles } = await build(optionsFor(root));
    return new Map(outputFiles.map(({ path, contents }) => [basename(path), contents]));
  } finally {
    await stop();
  }
}

function optionsFor(root: string): BuildOptions & { readonly write: false } {
  return {
    absWorkingDir: root,
    entryPoints: entries.map((name) => join('console/web', name)),
    // Below the sources, so that maps name them from there.
    outdir: join(root, 'console/web'),
    write: false,
    bundle: true,
    format: 'esm',
    splitting: true,
    minify: true,
    sourcemap: 'linked',
    legalComments: 'none',
    target: 'es2024',
    loader: { '.svg': 'copy' },
    entryNames: '[name]',
    assetNames: '[name]',
    chunkNames: '[name]-[hash]',
    logLevel: 'silent',
  };
}

/** A part of every file's address, so that browsers may keep them for ever. */
export function versionOf(bundle: Bundle): string {
  const hash = createHash('sha256');
  for (const [name, content] of [...bundle].toSorted(([a], [b]) => (a < b ? -1 : 1)))
    hash.update(name).update('\0').update(content);
  return hash.digest('hex').slice(0, 12);
}
