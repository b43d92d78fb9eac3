import { revisionOf, type CompileOptions, type CompileResult, type RuleFile } from './compile.ts';

export type Compile = (files: readonly RuleFile[], options?: CompileOptions) => CompileResult;

/** The rules in force and those that are about to be. */
const kept = 2;

/**
 * `compile` that remembers its last results: whoever reads the rules, whoever restores a judge and whoever is told of
 * them by the stream have the same files in a start, and compiled rules are values that all may share.
 */
export function compileOnce(compile: Compile): Compile {
  const results = new Map<string, CompileResult>();
  return (files, options = {}) => {
    const revision = revisionOf(files, options.learnMs ?? null);
    const result = results.get(revision) ?? compile(files, options);
    results.delete(revision);
    results.set(revision, result);
    for (const oldest of results.keys()) if (results.size > kept) results.delete(oldest);
    return result;
  };
}
