import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { runRuleTests, type RuleTestOptions, type RuleTestReport } from './run-rule-tests.ts';

/** Runs a `rule.test.yaml` on disk; the rule files that it names are beside it. */
export function runRuleTestFile(path: string, createJudge: RuleTestOptions['createJudge']): RuleTestReport {
  const read = (file: string) => ({ path: file, text: readFileSync(file, 'utf8') });
  try {
    return runRuleTests(read(path), {
      createJudge,
      readRules: (names) => names.map((name) => read(join(dirname(path), name))),
    });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && 'path' in error)) throw error;
    const message = `cannot read ${String(error.path)}: ${String(error.code)}`;
    return { ok: false, faults: [{ path, line: 1, column: 1, message, suggestion: undefined }] };
  }
}
