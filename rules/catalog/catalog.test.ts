import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createJudgeStage } from '../../engine/judge.ts';
import { compileRules } from '../compile.ts';
import { formatFault } from '../parse/faults.ts';
import { runRuleTestFile } from '../rule-tests/run-rule-test-file.ts';

const names = readdirSync(import.meta.dirname, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name);

function read(name: string, file: string) {
  return {
    path: `${name}/${file}`,
    text: readFileSync(new URL(`./${name}/${file}`, import.meta.url), 'utf8'),
  };
}

describe('the catalogue', () => {
  it('compiles as a whole without a warning', () => {
    const result = compileRules(names.map((name) => read(name, 'rule.yaml')));
    expect(result.ok ? result.warnings : result.faults.map(formatFault)).toEqual([]);
  });

  it.each(names)('%s has its story and passes its tests', (name) => {
    expect(read(name, 'README.md').text).toMatch(/## Symptom[\s\S]+## Causes[\s\S]+## Tuning/);
    const path = join(import.meta.dirname, name, 'rule.test.yaml');
    const report = runRuleTestFile(path, () => createJudgeStage({ compile: compileRules }));
    if ('faults' in report) expect(report.faults.map(formatFault)).toEqual([]);
    else
      expect(
        report.results.flatMap(({ name: test, failures }) =>
          failures.map((failure) => `${test}: ${failure}`),
        ),
      ).toEqual([]);
  });
});
