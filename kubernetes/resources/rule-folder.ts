import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RuleFolder } from './rule-controller.ts';

/** A folder of rule files; a file appears in it whole or not at all. */
export async function openRuleFolder(folder: string): Promise<RuleFolder> {
  await mkdir(folder, { recursive: true });
  return {
    pathOf: (fileName) => join(folder, fileName),
    async replace(files) {
      const wanted = new Map(files.map(({ path, text }) => [path, text]));
      for (const name of await readdir(folder))
        if (!wanted.has(join(folder, name))) await rm(join(folder, name), { force: true });
      for (const [path, text] of wanted) if ((await textOf(path)) !== text) await writeWhole(path, text);
    },
  };
}

async function textOf(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return undefined;
  }
}

async function writeWhole(path: string, text: string): Promise<void> {
  // Not a name that rules are loaded by.
  await writeFile(`${path}.new`, text);
  await rename(`${path}.new`, path);
}
