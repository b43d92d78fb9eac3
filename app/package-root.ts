import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * The folder that holds `package.json`, `rules/catalog`, `bpf/build`: the repository's, or that of the installed
 * package (whose code lies in `dist/`).
 */
export const packageRoot: string = findPackageRoot(import.meta.dirname);

function findPackageRoot(from: string): string {
  const file = join(from, 'package.json');
  if (existsSync(file) && (JSON.parse(readFileSync(file, 'utf8')) as { name?: string }).name === 'saccade')
    return from;
  const parent = dirname(from);
  if (parent === from) throw new Error('package.json of saccade not found above the code');
  return findPackageRoot(parent);
}

export const packageVersion: string = (
  JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')) as { version: string }
).version;
