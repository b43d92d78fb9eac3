import { readFile, writeFile } from 'node:fs/promises';
import type { BenchmarkResult } from './benchmark.ts';
import { renderMarkdown } from './report.ts';

/**
 * Puts a result into a document, in place of what stands between `<!-- bench NAME -->` and `<!-- /bench -->`: so that no figure of
 * the docs is typed by hand. Rejects where the document has no such place.
 */
export async function fillIn(path: string, result: BenchmarkResult): Promise<void> {
  await writeFile(path, replaced(await readFile(path, 'utf8'), result, path));
}

export function replaced(text: string, result: BenchmarkResult, path: string): string {
  const [begin, end] = [`<!-- bench ${result.benchmark} -->`, '<!-- /bench -->'];
  const from = text.indexOf(begin);
  const to = text.indexOf(end, from);
  if (from < 0 || to < 0) throw new Error(`${path} has no place for it: ${begin} … ${end}`);
  return `${text.slice(0, from + begin.length)}\n\n${renderMarkdown(result)}\n\n${text.slice(to)}`;
}
