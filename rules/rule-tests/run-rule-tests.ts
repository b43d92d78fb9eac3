import { transitionType, type Transition } from '../../stream/events/transition.ts';
import type { Stage, StreamRecord } from '../../stream/port.ts';
import { compileRules, type RuleFile } from '../compile.ts';
import type { RuleFault } from '../compiled-rule.ts';
import { compareTransitions } from './match-transitions.ts';
import { parseRuleTestFile, type RuleTest } from './test-file.ts';
import { answerRecord, testRecords } from './test-records.ts';

export interface RuleTestOptions {
  /** A fresh judge for each test. The engine depends on the rules, not the other way round. */
  readonly createJudge: () => Pick<Stage, 'process'>;
  /** Reads the rule files that a test file names; the paths are as written there. */
  readonly readRules: (paths: readonly string[]) => readonly RuleFile[];
}

export interface RuleTestResult {
  readonly name: string;
  /** `path:line:column` of the test. */
  readonly position: string;
  /** Empty: passed. */
  readonly failures: readonly string[];
  readonly transitions: readonly Transition[];
}

export type RuleTestReport =
  | { readonly ok: boolean; readonly results: readonly RuleTestResult[] }
  | { readonly ok: false; readonly faults: readonly RuleFault[] };

/** Runs a `rule.test.yaml` against the real judge. Needs neither root nor Linux nor a clock. */
export function runRuleTests(file: RuleFile, options: RuleTestOptions): RuleTestReport {
  const parsed = parseRuleTestFile(file);
  if (!('tests' in parsed)) return { ok: false, faults: parsed };
  const rules = options.readRules(parsed.rules);
  const compiled = compileRules(rules);
  if (!compiled.ok) return { ok: false, faults: compiled.faults };
  const results = parsed.tests.map((test) => runTest(test, rules, options.createJudge()));
  return { ok: results.every((result) => result.failures.length === 0), results };
}

function runTest(test: RuleTest, rules: readonly RuleFile[], judge: Pick<Stage, 'process'>): RuleTestResult {
  const transitions: Transition[] = [];
  const take = (record: StreamRecord): void => {
    for (const { event } of judge.process(record)) {
      if (event.type !== transitionType) continue;
      const transition = event.data as Transition;
      transitions.push(transition);
      if (transition.confirm) take(answerRecord(test, transition, record));
    }
  };
  for (const record of testRecords(test, rules)) take(record);
  const failures = compareTransitions(test, transitions);
  return { name: test.name, position: test.position, failures, transitions };
}
