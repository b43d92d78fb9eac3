import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stripTypes } from './strip-types.ts';

export interface Asset {
  readonly contentType: string;
  readonly body: Buffer;
}

export interface Assets {
  /** Hash over all of them: a part of their URLs, so that browsers may keep them for ever. */
  readonly version: string;
  /** By name: `main.ts`, `style.css`, `vendor/preact.js`. */
  readonly files: ReadonlyMap<string, Asset>;
  /** Bare module name → asset's name, for the page's import map. */
  readonly modules: Readonly<Record<string, string>>;
  /** The module that the page starts with. */
  readonly entry: string;
}

const script = 'text/javascript; charset=utf-8';
const contentTypes: Readonly<Record<string, string>> = {
  '.ts': script,
  '.js': script,
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** Libraries as their packages ship them for browsers. */
const vendors: readonly { readonly module: string; readonly name: string; readonly file: string }[] = [
  { module: 'preact', name: 'vendor/preact.js', file: resolved('preact') },
  { module: 'preact/hooks', name: 'vendor/preact-hooks.js', file: resolved('preact/hooks') },
  { module: 'htm', name: 'vendor/htm.js', file: resolved('htm') },
  { module: 'htm/preact', name: 'vendor/htm-preact.js', file: resolved('htm/preact') },
  { module: 'uplot', name: 'vendor/uplot.js', file: join(uplotFolder(), 'uPlot.esm.js') },
];

/** Reads the browser's part of the console into memory: `folder` holds `*.ts` or, in a packed release, `*.js`. */
export function loadAssets(folder: string): Assets {
  const files = new Map<string, Asset>();
  for (const name of readdirSync(folder).toSorted())
    if (isServed(name)) files.set(name, readAsset(join(folder, name)));
  for (const { name, file } of vendors) files.set(name, { contentType: script, body: readFileSync(file) });
  files.set('vendor/uplot.css', readAsset(join(uplotFolder(), 'uPlot.min.css')));
  return {
    version: versionOf(files),
    files,
    modules: Object.fromEntries(vendors.map(({ module, name }) => [module, name])),
    entry: files.has('main.ts') ? 'main.ts' : 'main.js',
  };
}

function isServed(name: string): boolean {
  return extname(name) in contentTypes && !name.endsWith('.test.ts') && !name.endsWith('.d.ts');
}

function readAsset(path: string): Asset {
  const contentType = contentTypes[extname(path)] ?? 'application/octet-stream';
  const body = readFileSync(path);
  return path.endsWith('.ts')
    ? { contentType, body: Buffer.from(stripTypes(body.toString())) }
    : { contentType, body };
}

function versionOf(files: ReadonlyMap<string, Asset>): string {
  const hash = createHash('sha256');
  for (const [name, { body }] of files) hash.update(name).update(body);
  return hash.digest('hex').slice(0, 12);
}

/** Its package names only the form for CommonJS. */
function uplotFolder(): string {
  return dirname(createRequire(import.meta.url).resolve('uplot'));
}

function resolved(module: string): string {
  return fileURLToPath(import.meta.resolve(module));
}
