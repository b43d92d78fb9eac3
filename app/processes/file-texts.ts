import { readFile } from 'node:fs/promises';

const keptMs = 10_000;

/**
 * The texts of files that may be replaced while the process runs (certificates), read anew at most every ten seconds.
 * Rejects with what is wrong with the first that cannot be read.
 */
export function createFileTexts<Name extends string>(
  paths: Readonly<Record<Name, string | undefined>>,
  nowMs: () => number,
): () => Promise<Partial<Record<Name, string>>> {
  let read: { readonly atMs: number; readonly texts: Promise<Partial<Record<Name, string>>> } | undefined;

  async function readAll(): Promise<Partial<Record<Name, string>>> {
    const texts: Partial<Record<Name, string>> = {};
    for (const [name, path] of Object.entries(paths) as [Name, string | undefined][])
      if (path !== undefined) texts[name] = await readFile(path, 'utf8');
    return texts;
  }

  return () => {
    if (read === undefined || nowMs() - read.atMs >= keptMs) read = { atMs: nowMs(), texts: readAll() };
    return read.texts;
  };
}
