import { globSync, lstatSync } from 'node:fs';
import { join } from 'node:path';
import type { ImageLayer } from './docker-archive.ts';

export interface ImageFile {
  /** From the root of the image, without a slash before it. */
  readonly path: string;
  readonly bytes: number;
}

/** Every file (not folder) of the layers, in the order of names. */
export function imageContents(layers: readonly ImageLayer[]): readonly ImageFile[] {
  return layers
    .flatMap(({ directory }) =>
      globSync('**/*', { cwd: directory, withFileTypes: true })
        .filter((entry) => !entry.isDirectory())
        .map((entry) => join(entry.parentPath, entry.name))
        .map((file) => ({ path: file.slice(directory.length + 1), bytes: lstatSync(file).size })),
    )
    .toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

/** A line a file, with its size: what `diff` of two releases is read from. */
export function contentsText(files: readonly ImageFile[]): string {
  return files.map(({ path, bytes }) => `${String(bytes).padStart(10)} ${path}\n`).join('');
}

/** The sizes that people ask for, in MB of 10^6 bytes. */
export function summarize(files: readonly ImageFile[]): readonly string[] {
  const parts: readonly (readonly [string, RegExp])[] = [
    ['Node', /^usr\/local\/bin\/node$/u],
    ['libraries (Debian)', /^usr\/lib/u],
    ['npm packages', /^opt\/saccade\/node_modules\//u],
    ['Saccade', /^(?:opt\/saccade\/(?!node_modules\/)|usr\/local\/bin\/saccade$)/u],
    ['all', /^/u],
  ];
  return parts.map(([name, pattern]) => {
    const chosen = files.filter(({ path }) => pattern.test(path));
    const bytes = chosen.reduce((sum, file) => sum + file.bytes, 0);
    return `${name.padEnd(20)} ${(bytes / 1e6).toFixed(1).padStart(7)} MB  ${chosen.length} files`;
  });
}
