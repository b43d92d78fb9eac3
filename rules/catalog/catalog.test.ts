import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createJudgeStage } from '../../engine/judge.ts';
import { compileRules } from '../compile.ts';
import type { CompiledRule } from '../compiled-rule.ts';
import { formatFault } from '../parse/faults.ts';
import { runRuleTestFile } from '../rule-tests/run-rule-test-file.ts';

const names = readdirSync(import.meta.dirname, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name)
  .filter((name) => readdirSync(join(import.meta.dirname, name)).length > 0);

function read(name: string, file: string) {
  return {
    path: `${name}/${file}`,
    text: readFileSync(new URL(`./${name}/${file}`, import.meta.url), 'utf8'),
  };
}

/** Whose problem is it? */
const layers = ['dns', 'network', 'remote', 'application', 'apiserver', 'node', 'unknown'];
const maxOn = 12;
/** Judged and shown, never sent: docs/decisions/0222-twelve-rules-speak.md. */
const onTrial = ['tcp-rtt-shift'];

function shippedRules(): readonly CompiledRule[] {
  const result = compileRules(names.map((name) => read(name, 'rule.yaml')));
  return result.ok ? result.ruleSet.rules : [];
}

/** What a text of the rule is where nothing is known. */
const texts = (of: CompiledRule['labels']) => of(() => undefined);

describe('the catalogue', () => {
  it('speaks by few rules', () => {
    const on = shippedRules().filter(({ dryRun }) => !dryRun);
    expect(on.length).toBeGreaterThan(0);
    expect(on.length).toBeLessThanOrEqual(maxOn);
    const trial = shippedRules().filter(({ dryRun }) => dryRun);
    expect(trial.map(({ id }) => id)).toEqual(onTrial);
  });

  it('says of every alert whose problem it is and what to do', () => {
    for (const { id, labels, annotations } of shippedRules()) {
      expect([id, layers]).toEqual([id, expect.arrayContaining([texts(labels)['layer']])]);
      expect([id, Object.keys(texts(labels))]).toEqual([id, expect.arrayContaining(['team'])]);
      expect([id, Object.keys(texts(annotations))]).toEqual([id, expect.arrayContaining(['summary'])]);
      const help = texts(annotations)['runbook_url'] ?? texts(annotations)['description'];
      expect([id, help]).toEqual([id, expect.stringMatching(/\S/)]);
    }
  });

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
