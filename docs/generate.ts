import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { brokenLinks } from './generate/broken-links.ts';
import type { GeneratedFile } from './generate/generated-file.ts';
import { generatedFiles } from './generate/generated-files.ts';

/** `node docs/generate.ts` writes what is generated; with `--check` it only says what is stale or leads nowhere. */
const root = join(import.meta.dirname, '..');
const files = await generatedFiles(root);
if (process.argv.includes('--check')) process.exitCode = check(files);
else write(files.filter(isStale));

function check(all: readonly GeneratedFile[]): number {
  const faults = [
    ...all.filter(isStale).map(({ path }) => `${path} is stale: npm run generate`),
    ...brokenLinks(root).map((link) => `broken link in ${link}`),
  ];
  for (const fault of faults) process.stderr.write(`${fault}\n`);
  return faults.length === 0 ? 0 : 1;
}

function write(stale: readonly GeneratedFile[]): void {
  for (const { path, content } of stale) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
    process.stdout.write(`${path}\n`);
  }
}

function isStale({ path, content }: GeneratedFile): boolean {
  const file = join(root, path);
  return !existsSync(file) || readFileSync(file, 'utf8') !== content;
}
