import { existsSync, realpathSync } from 'node:fs';
import { runTool } from './run-tool.ts';

/** A library (or the loader) as the dynamic linker names it; the file behind it may be a symbolic link. */
export interface SharedLibrary {
  readonly path: string;
  /** Debian package that brought it. */
  readonly packageName: string;
}

/** What the given programs and libraries link to, directly or not, with themselves where they are libraries. */
export function sharedLibraries(
  programs: readonly string[],
  named: readonly string[],
): readonly SharedLibrary[] {
  const roots = named.map(findLibrary);
  const linked = [...programs, ...roots].flatMap((file) => parseLdd(runTool('ldd', [file])));
  return [...new Set([...roots, ...linked])]
    .toSorted()
    .map((path) => ({ path, packageName: packageOf(path) }));
}

/** `name => /path (0x…)`, and the loader alone: `/lib64/ld-linux-x86-64.so.2 (0x…)`. The vdso has no file. */
export function parseLdd(output: string): readonly string[] {
  return output.split('\n').flatMap((line) => {
    const path = /(?:=>\s*|^\s*)(\/\S+)\s+\(0x[0-9a-f]+\)$/u.exec(line)?.[1];
    return path === undefined ? [] : [path];
  });
}

function findLibrary(name: string): string {
  const line = runTool('ldconfig', ['-p'])
    .split('\n')
    .find((one) => one.trimStart().startsWith(`${name} `));
  const path = line?.split('=> ')[1]?.trim();
  if (path === undefined)
    throw new Error(`${name} is not installed here: apt-get install libbpf1, then build again`);
  return path;
}

/** dpkg knows a file by the path in its package: with or without /usr, and never by a link's name. */
function packageOf(path: string): string {
  const candidates = [path, realpathSync(path)].flatMap((one) => [one, one.replace(/^\/usr\/lib/u, '/lib')]);
  for (const candidate of new Set(candidates)) {
    if (!existsSync(candidate)) continue;
    const owner = ownerOf(candidate);
    if (owner !== undefined) return owner;
  }
  throw new Error(`no Debian package owns ${path}: it would be in the image without a name or a licence`);
}

function ownerOf(path: string): string | undefined {
  try {
    return runTool('dpkg-query', ['-S', path]).split(': ')[0];
  } catch {
    return undefined; // dpkg-query fails for a path that no package owns: the next spelling is tried.
  }
}
