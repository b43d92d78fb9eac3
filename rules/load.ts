import { glob, readdir, readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { compileRules, type CompileOptions, type CompileResult, type RuleFile } from './compile.ts';
import type { Compile } from './compile-once.ts';
import type { RuleFault } from './compiled-rule.ts';

const maxFiles = 1_000;

export interface LoadedFiles {
  /** In the order of the sources, within a directory by name; no file twice. */
  readonly files: readonly RuleFile[];
  readonly faults: readonly RuleFault[];
}

/**
 * Reads rule files. A source is a file, a directory (all `*.yaml` and `*.yml` below it, without rule tests and hidden
 * files) or a glob. What cannot be read is a fault; a directory or glob without a file in it is not.
 */
export async function loadRuleFiles(sources: readonly string[]): Promise<LoadedFiles> {
  const faults: RuleFault[] = [];
  const paths = new Map<string, string>();
  for (const source of sources)
    for (const path of await expand(source, faults))
      if (!paths.has(resolve(path))) paths.set(resolve(path), path);
  if (paths.size > maxFiles) {
    faults.push(fault(sources.join(', '), `more than ${maxFiles} rule files`, 'name a narrower directory'));
    return { files: [], faults };
  }
  const files: RuleFile[] = [];
  for (const path of paths.values()) {
    const text = await readText(path, faults);
    if (text !== undefined) files.push({ path, text });
  }
  return { files, faults };
}

/** Reads and compiles; faults of reading and of the rules come together. */
export async function loadRules(
  sources: readonly string[],
  options: CompileOptions = {},
  compile: Compile = compileRules,
): Promise<CompileResult> {
  return compileLoaded(await loadRuleFiles(sources), options, compile);
}

export function compileLoaded(
  { files, faults }: LoadedFiles,
  options: CompileOptions,
  compile: Compile = compileRules,
): CompileResult {
  const result = compile(files, options);
  if (faults.length === 0) return result;
  return { ok: false, faults: result.ok ? faults : [...faults, ...result.faults] };
}

async function expand(source: string, faults: RuleFault[]): Promise<string[]> {
  if (/[*?{[]/.test(source)) {
    const matches: string[] = [];
    for await (const path of glob(source)) if (isRuleFile(path)) matches.push(path);
    return matches.toSorted();
  }
  try {
    if (!(await stat(source)).isDirectory()) return [source];
    const names = await readdir(source, { recursive: true });
    return names
      .filter(isRuleFile)
      .toSorted()
      .map((name) => join(source, name));
  } catch (error) {
    faults.push(fault(source, `cannot read: ${reasonOf(error)}`));
    return [];
  }
}

/** Kubernetes mounts a ConfigMap with its data twice, once below a hidden directory. */
function isRuleFile(name: string): boolean {
  const hidden = name.split('/').some((part) => part.startsWith('.') && part !== '.' && part !== '..');
  return /\.ya?ml$/.test(name) && !/\.test\.ya?ml$/.test(name) && !hidden;
}

async function readText(path: string, faults: RuleFault[]): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    faults.push(fault(path, `cannot read: ${reasonOf(error)}`));
    return undefined;
  }
}

function fault(path: string, message: string, suggestion?: string): RuleFault {
  return { path, line: 1, column: 1, message, suggestion };
}

function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOENT') return 'there is no such file';
  if (code === 'EACCES') return 'permission denied';
  return error instanceof Error ? error.message : String(error);
}
