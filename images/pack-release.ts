import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { runTool } from './run-tool.ts';

/** What a release is not made of, or what is made anew for it. */
const notCopied: ReadonlySet<string> = new Set(['node_modules', 'dist', '.git', '.saccade', 'images/build']);

/**
 * A release as `npm pack` makes it, from the tree at `root`: compiled JavaScript and BPF objects. Gives the archive.
 * Compiled in a copy, because `dist/` in the tree would be taken for the program by `cli/bin/saccade`; the copy is not
 * below `destination`, which may be in the tree, because nothing is copied into itself.
 */
export function packRelease(root: string, destination: string): string {
  const copy = mkdtempSync(join(tmpdir(), 'saccade-release-'));
  rmSync(destination, { recursive: true, force: true });
  mkdirSync(destination, { recursive: true });
  const isCopied = (path: string): boolean => !notCopied.has(relative(root, path));
  // With their times, so that make finds current objects current.
  cpSync(root, copy, { recursive: true, filter: isCopied, preserveTimestamps: true });
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  runTool('sh', ['setup/compile.sh'], { cwd: copy });
  const pack = ['pack', '--ignore-scripts', '--json', '--loglevel=error', '--pack-destination', destination];
  const archive = join(destination, archiveName(runTool('npm', pack, { cwd: copy })));
  rmSync(copy, { recursive: true });
  return archive;
}

function archiveName(json: string): string {
  const [packed] = JSON.parse(json) as readonly { readonly filename: string }[];
  if (packed === undefined) throw new Error('npm pack named no archive');
  return packed.filename;
}
