import { z } from 'zod';
import { signalCatalogue } from '../../signals/catalogue.ts';
import { peerKinds, roles } from '../../stream/events/observation.ts';
import { alertStates, levels } from '../../stream/events/transition.ts';
import type { RuleFault } from '../compiled-rule.ts';
import type { RuleFile } from '../compile.ts';
import { isMapping, readShape } from '../parse/check-shape.ts';
import { createFaultList, reportUnder, type Path, type Report } from '../parse/faults.ts';
import { reportAt } from '../parse/rule-source.ts';
import { parseYamlSource } from '../parse/yaml-source.ts';
import { durationMs, figure } from '../schema.ts';
import { didYouMean } from '../suggestion.ts';
import { parseSeries, type Series } from './series.ts';

/** Subject and peer have defaults, so that a test names only what it is about. */
const subjectSchema = z.strictObject({
  cluster: z.string().default('test'),
  node: z.string().default('node-1'),
  namespace: z.string().default('default'),
  workload: z.string().default('netns/client'),
  pod: z.string().optional(),
  container: z.string().optional(),
});
const peerSchema = z.strictObject({
  kind: z.enum(peerKinds).default('workload'),
  name: z.string().default('netns/server'),
  ip: z.string().default('192.0.2.1'),
});
const inputSchema = z.strictObject({
  signal: z.string(),
  subject: subjectSchema.prefault({}),
  role: z.enum(roles).default('client'),
  service_port: z.int().min(0).max(65_535).default(80),
  peer: peerSchema.prefault({}),
  series: z.record(
    z.string(),
    z.string({ error: 'put the series in quotes: YAML reads 0x10 as a hexadecimal number' }),
  ),
});
const expectationSchema = z.strictObject({
  at: durationMs.optional().describe('From this moment until one interval later.'),
  between: z.tuple([durationMs, durationMs]).optional().describe('Both included.'),
  state: z.enum(alertStates),
  level: z.enum(levels).optional(),
  rule: z.string().optional(),
  key: z.record(z.string(), z.string()).optional(),
  value: figure.optional(),
  labels: z.record(z.string(), z.string()).optional(),
  annotations: z.record(z.string(), z.string()).optional(),
});
export type Expectation = z.output<typeof expectationSchema>;

const testSchema = z.strictObject({
  name: z.string().min(1),
  learn: durationMs.optional().describe("Replaces the rules' learning period."),
  interval: durationMs.prefault('1s').describe('Between two values of a series.'),
  until: durationMs.optional().describe('Time goes on to this moment; absent: to the end of the series.'),
  input: z.array(inputSchema).min(1).max(100),
  expect: z.array(expectationSchema).describe('Every transition in order; [] means silence.'),
});
export const ruleTestFileSchema = z.strictObject({
  rules: z.array(z.string()).min(1).prefault(['rule.yaml']).describe('Relative to this file.'),
  tests: z.array(testSchema).min(1),
});

export interface TestInput extends Omit<z.output<typeof inputSchema>, 'series'> {
  readonly series: ReadonlyMap<string, Series>;
}
export interface RuleTest extends Omit<z.output<typeof testSchema>, 'input'> {
  readonly input: readonly TestInput[];
  /** `path:line:column`. */
  readonly position: string;
}
export interface RuleTestFile {
  readonly path: string;
  readonly rules: readonly string[];
  readonly tests: readonly RuleTest[];
}

/** Reads a `rule.test.yaml`; all its faults at once, with positions. */
export function parseRuleTestFile({ path, text }: RuleFile): RuleTestFile | readonly RuleFault[] {
  const faults = createFaultList();
  const source = parseYamlSource(path, text, faults);
  if (source === undefined) return faults.sorted();
  const report = reportAt(faults, source);
  const { rules } = readShape(
    ruleTestFileSchema.omit({ tests: true }).loose(),
    withoutTests(source.value),
    report,
  );
  const tests = testsIn(source.value, report).flatMap((test, index) => {
    const at = ['tests', index];
    const { line, column } = source.locate({ path: at });
    const parsed = parseTest(test, reportUnder(report, at));
    return parsed === undefined ? [] : [{ ...parsed, position: `${path}:${line}:${column}` }];
  });
  return faults.count > 0 ? faults.sorted() : { path, rules: rules ?? [], tests };
}

function withoutTests(value: unknown): unknown {
  return isMapping(value)
    ? Object.fromEntries(Object.entries(value).filter(([key]) => key !== 'tests'))
    : value;
}

function testsIn(value: unknown, report: Report): readonly unknown[] {
  if (!isMapping(value)) return [];
  for (const key of Object.keys(value))
    if (!Object.hasOwn(ruleTestFileSchema.shape, key))
      report({ path: [key], key: true }, `unknown key "${key}"`, didYouMean(key, ['rules', 'tests']));
  const { tests } = value;
  if (Array.isArray(tests) && tests.length > 0) return tests;
  report({ path: 'tests' in value ? ['tests'] : [] }, '"tests" must be a list of tests');
  return [];
}

function parseTest(value: unknown, report: Report): Omit<RuleTest, 'position'> | undefined {
  const test = readShape(testSchema, value, report);
  const input = (test.input ?? []).flatMap(
    (row, index) => parseInput(row, reportUnder(report, ['input', index])) ?? [],
  );
  for (const [index, expectation] of (test.expect ?? []).entries())
    if ((expectation.at === undefined) === (expectation.between === undefined))
      report({ path: ['expect', index] }, 'an expectation has either "at" or "between"');
  if (test.interval !== undefined && (test.interval < 50 || test.interval > 3_600_000))
    report({ path: ['interval'] }, 'must lie between 50ms and 1h');
  if (test.name === undefined || test.interval === undefined || test.expect === undefined) return undefined;
  return {
    ...test,
    name: test.name,
    interval: test.interval,
    expect: test.expect,
    until: test.until,
    learn: test.learn,
    input,
  };
}

function parseInput(row: z.output<typeof inputSchema>, report: Report): TestInput | undefined {
  const signal = signalCatalogue.get(row.signal);
  if (signal === undefined) {
    report(
      { path: ['signal'] },
      `unknown signal "${row.signal}"`,
      didYouMean(row.signal, signalCatalogue.keys()),
    );
    return undefined;
  }
  const series = new Map<string, Series>();
  for (const [field, text] of Object.entries(row.series)) {
    const path: Path = ['series', field];
    if (!Object.hasOwn(signal.fields, field))
      report(
        { path, key: true },
        `${signal.id} has no field "${field}"`,
        didYouMean(field, Object.keys(signal.fields)),
      );
    const parsed = parseSeries(text);
    if ('offset' in parsed) report({ path, offset: parsed.offset }, parsed.message);
    else series.set(field, parsed);
  }
  return { ...row, series };
}
