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
  /** By name, which for our own is the path in the source tree, so that imports hold: `console/web/main.ts`, `vendor/preact.js`. */
  readonly files: ReadonlyMap<string, Asset>;
  /** Bare module name → asset's name, for the page's import map. */
  readonly modules: Readonly<Record<string, string>>;
  /** The module that the page starts with. */
  readonly entry: string;
  readonly style: string;
  readonly icon: string;
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

const pages = 'console/web';
/** What the browser's part shares with the program, without its ending; such a module imports nothing. */
const shared = ['source-text/figures'] as const;

/** Reads the browser's part of the console into memory: below `root` stand `*.ts` or, in a packed release, `*.js`. */
export function loadAssets(root: string): Assets {
  const names = readdirSync(join(root, pages)).filter(isServed).toSorted();
  const ending = names.includes('main.ts') ? 'ts' : 'js';
  const own = [...names.map((name) => `${pages}/${name}`), ...shared.map((name) => `${name}.${ending}`)];
  const sources = new Map(own.map((name) => [name, readFileSync(join(root, name))]));
  for (const { name, file } of vendors) sources.set(name, readFileSync(file));
  sources.set('vendor/uplot.css', readFileSync(join(uplotFolder(), 'uPlot.min.css')));
  const files = new Map([...sources].map(([name, source]) => [name, toAsset(name, source)]));
  return {
    version: versionOf(sources),
    files,
    modules: Object.fromEntries(vendors.map(({ module, name }) => [module, name])),
    entry: `${pages}/main.${ending}`,
    style: `${pages}/style.css`,
    icon: `${pages}/icon.svg`,
  };
}

function isServed(name: string): boolean {
  return extname(name) in contentTypes && !name.endsWith('.test.ts') && !name.endsWith('.d.ts');
}

function toAsset(name: string, source: Buffer): Asset {
  const contentType = contentTypes[extname(name)] ?? 'application/octet-stream';
  return name.endsWith('.ts') ? strippedOnDemand(contentType, source) : { contentType, body: source };
}

/** Not before somebody asks: stripping types takes longer than all else of a start, and most starts are looked at by nobody. */
function strippedOnDemand(contentType: string, source: Buffer): Asset {
  let body: Buffer | undefined;
  return {
    contentType,
    get body() {
      return (body ??= Buffer.from(stripTypes(source.toString())));
    },
  };
}

/** What is made of the sources depends on Node, too. */
function versionOf(sources: ReadonlyMap<string, Buffer>): string {
  const hash = createHash('sha256').update(process.version);
  for (const [name, source] of sources) hash.update(name).update(source);
  return hash.digest('hex').slice(0, 12);
}

/** Its package names only the form for CommonJS. */
function uplotFolder(): string {
  return dirname(createRequire(import.meta.url).resolve('uplot'));
}

function resolved(module: string): string {
  return fileURLToPath(import.meta.resolve(module));
}
