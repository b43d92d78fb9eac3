import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../../app/package-root.ts';

/**
 * `node build-image-once.ts FOLDER` builds the image into the folder, unless what is there was made of the same files. For
 * one process at a time.
 */
const [, , output = ''] = process.argv;

/** What is not in the image, or not of this tree. */
const leftOut: ReadonlySet<string> = new Set([
  'node_modules',
  '.git',
  'dist',
  'test',
  'docs',
  '.saccade',
  'build',
]);

/** Of names, sizes and times: who changes a file changes one of them. */
function fingerprint(folder: string): string {
  const hash = createHash('sha256').update(process.version);
  const visit = (at: string): void => {
    for (const entry of readdirSync(at, { withFileTypes: true })) {
      const path = join(at, entry.name);
      if (leftOut.has(entry.name)) continue;
      if (entry.isDirectory()) visit(path);
      else if (entry.isFile()) {
        const { size, mtimeMs } = statSync(path);
        hash.update(JSON.stringify([path, size, mtimeMs]));
      }
    }
  };
  visit(folder);
  return hash.digest('hex');
}

const note = join(output, 'made-of');
const wanted = fingerprint(packageRoot);
const isThere = existsSync(note) && readFileSync(note, 'utf8') === wanted;
if (!isThere) {
  mkdirSync(output, { recursive: true });
  const script = join(packageRoot, 'images', 'build.ts');
  const { status } = spawnSync(process.execPath, [script, '--output', output], { stdio: 'inherit' });
  if (status === 0) writeFileSync(note, wanted);
  process.exitCode = status ?? 1;
}
