import type { CompileResult, RuleFile } from '../../rules/compile.ts';
import type { RuleFault } from '../../rules/compiled-rule.ts';

export type Verdict =
  | { readonly accepted: true; readonly file: RuleFile }
  | { readonly accepted: false; readonly message: string };

/**
 * Which of these files go with the others: one after the other, so that a broken one costs nobody else anything. The
 * first of two that do not go together wins.
 */
export function acceptRules(
  base: readonly RuleFile[],
  candidates: readonly RuleFile[],
  compile: (files: readonly RuleFile[]) => CompileResult,
): ReadonlyMap<string, Verdict> {
  const taken = [...base];
  const verdicts = new Map<string, Verdict>();
  for (const file of candidates) {
    const result = compile([...taken, file]);
    if (result.ok) taken.push(file);
    verdicts.set(
      file.path,
      result.ok ? { accepted: true, file } : { accepted: false, message: faultsText(result.faults, file) },
    );
  }
  return verdicts;
}

const told = 5;

/** With line and column in the rules as YAML, and what stands there: `kubectl` shows the object in another layout. */
function faultsText(faults: readonly RuleFault[], { path, text }: RuleFile): string {
  const lines = text.split('\n');
  const own = faults.filter((fault) => fault.path === path);
  const texts = (own.length > 0 ? own : faults)
    .slice(0, told)
    .map(({ line, column, message, suggestion }) => {
      const quoted = own.length > 0 ? ` in \`${lines[line - 1]?.trim() ?? ''}\`` : '';
      return `${line}:${column}${quoted}: ${message}${suggestion === undefined ? '' : ` (${suggestion})`}`;
    });
  const more = own.length > told ? [`and ${own.length - told} more`] : [];
  return [...texts, ...more].join('; ').slice(0, 4_000);
}
