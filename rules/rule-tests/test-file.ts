import { z } from 'zod';
import type { SignalDefinition } from '../../signals/define-signal.ts';
import { signalCatalogue } from '../../signals/catalogue.ts';
import { peerKinds, protocols, roles } from '../../stream/events/observation.ts';
import { alertStates, levels } from '../../stream/events/transition.ts';
import type { RuleFault } from '../compiled-rule.ts';
import type { RuleFile } from '../compile.ts';
import { isMapping, readShape } from '../parse/check-shape.ts';
import { createFaultList, reportUnder, type Report } from '../parse/faults.ts';
import { reportAt } from '../parse/rule-source.ts';
import { parseYamlSource } from '../parse/yaml-source.ts';
import { durationMs, figure } from '../schema.ts';
import { didYouMean } from '../../source-text/suggestion.ts';
import { ruleFileOf } from './test-file-names.ts';
import { parseSeries, parseSketchSeries, type Series, type SketchSeries } from './series.ts';

/** Subject and peer have defaults, so that a test names only what it is about. */
const subjectSchema = z.strictObject({
  cluster: z.string().default('test'),
  node: z.string().default('node-1'),
  namespace: z.string().default('default'),
  workload: z.string().default('netns/client'),
  pod: z.string().optional(),
  container: z.string().optional(),
  labels: z.record(z.string(), z.string()).optional(),
});
const peerSchema = z.strictObject({
  kind: z.enum(peerKinds).default('workload'),
  name: z.string().default('netns/server'),
  ip: z.string().default('192.0.2.1'),
});
const unquotedSeries = 'put the series in quotes: YAML reads 0x10 as a hexadecimal number';

const inputSchema = z.strictObject({
  signal: z.string(),
  subject: subjectSchema.prefault({}),
  role: z.enum(roles).default('client'),
  service_port: z.int().min(0).max(65_535).default(80),
  protocol: z.enum(protocols).optional().describe('Absent: tcp.'),
  peer: peerSchema.prefault({}),
  target: z.string().optional(),
  series: z.record(z.string(), z.string({ error: unquotedSeries })),
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
  confirm: z
    .enum(['confirmed', 'held', 'unknown'])
    .default('confirmed')
    .describe('What is answered, at once, when a rule asks its `confirm`.'),
  input: z.array(inputSchema).min(1).max(100),
  expect: z.array(expectationSchema).describe('Every transition in order; [] means silence.'),
});
export const ruleTestFileSchema = z.strictObject({
  rules: z
    .array(z.string())
    .min(1)
    .optional()
    .describe('Relative to this file; absent: X.yaml beside X.test.yaml.'),
  tests: z.array(testSchema).min(1),
});

export interface TestInput extends Omit<z.output<typeof inputSchema>, 'series'> {
  readonly series: ReadonlyMap<string, Series>;
  readonly sketches: ReadonlyMap<string, SketchSeries>;
}
export interface RuleTest {
  readonly name: string;
  /** Milliseconds; undefined: as the rules say. */
  readonly learn: number | undefined;
  /** Milliseconds between two values of a series. */
  readonly interval: number;
  /** Milliseconds from the start; undefined: to the end of the series. */
  readonly until: number | undefined;
  readonly confirm: 'confirmed' | 'held' | 'unknown';
  readonly expect: readonly Expectation[];
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
  const { rules } = readShape(ruleTestFileSchema.pick({ rules: true }), rulesPart(source.value), report);
  const tests = testsIn(source.value, report).flatMap((test, index) => {
    const at = ['tests', index];
    const { line, column } = source.locate({ path: at });
    const parsed = parseTest(test, reportUnder(report, at));
    return parsed === undefined ? [] : [{ ...parsed, position: `${path}:${line}:${column}` }];
  });
  return faults.count > 0 ? faults.sorted() : { path, rules: rules ?? [ruleFileOf(path)], tests };
}

/** The tests are read one by one; unknown keys are told beside them. */
function rulesPart(value: unknown): unknown {
  if (!isMapping(value)) return value;
  return 'rules' in value ? { rules: value['rules'] } : {};
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

const testShape = testSchema.omit({ input: true, expect: true });
const inputShape = inputSchema.omit({ series: true });

/** Lists are read entry by entry, so that one malformed entry does not hide faults in the others. */
function parseTest(value: unknown, report: Report): Omit<RuleTest, 'position'> | undefined {
  if (!isMapping(value)) {
    report({ path: [] }, 'a test is a mapping with name, input and expect');
    return undefined;
  }
  const { input: inputs, expect: expectations, ...rest } = value;
  const { name, interval, learn, until, confirm } = readShape(testShape, rest, report);
  const input = listOf(inputs, 'input', report, parseInput);
  const expect = listOf(expectations, 'expect', report, parseExpectation);
  if (input.length === 0 && Array.isArray(inputs) && inputs.length === 0)
    report({ path: ['input'] }, 'must not be empty');
  if (name === undefined || interval === undefined || confirm === undefined) return undefined;
  if (interval < 50 || interval > 3_600_000) report({ path: ['interval'] }, 'must lie between 50ms and 1h');
  return { name, interval, learn, until, confirm, input, expect };
}

function listOf<T>(
  list: unknown,
  key: string,
  report: Report,
  parse: (item: unknown, report: Report) => T | undefined,
): T[] {
  if (Array.isArray(list))
    return list.flatMap((item, index) => parse(item, reportUnder(report, [key, index])) ?? []);
  report({ path: list === undefined ? [] : [key] }, `"${key}" must be a list`);
  return [];
}

function parseExpectation(value: unknown, report: Report): Expectation | undefined {
  const { state, ...rest } = readShape(expectationSchema, value, report);
  if (isMapping(value) && 'at' in value === 'between' in value)
    report({ path: [] }, 'an expectation has either "at" or "between"');
  return state === undefined ? undefined : { ...rest, state };
}

function parseInput(value: unknown, report: Report): TestInput | undefined {
  if (!isMapping(value)) {
    report({ path: [] }, 'an input is a mapping with signal and series');
    return undefined;
  }
  const { series: written, ...rest } = value;
  const row = readShape(inputShape, rest, report);
  const signal = row.signal === undefined ? undefined : signalCatalogue.get(row.signal);
  if (row.signal !== undefined && signal === undefined)
    report(
      { path: ['signal'] },
      `unknown signal "${row.signal}"`,
      didYouMean(row.signal, signalCatalogue.keys()),
    );
  const { role, service_port, protocol, subject, peer, target } = row;
  const read = readSeries(written, signal, report);
  if (signal === undefined || !role || service_port === undefined || !subject || !peer) return undefined;
  return { signal: signal.id, role, service_port, protocol, subject, peer, target, ...read };
}

function readSeries(
  written: unknown,
  signal: SignalDefinition | undefined,
  report: Report,
): Pick<TestInput, 'series' | 'sketches'> {
  const series = new Map<string, Series>();
  const sketches = new Map<string, SketchSeries>();
  if (!isMapping(written)) {
    report({ path: [] }, '"series" must be a mapping from fields to values');
    return { series, sketches };
  }
  for (const [name, text] of Object.entries(written)) {
    const at = (offset: number) => ({ path: ['series', name], offset });
    const sketch = ownEntry(signal?.sketches, name);
    if (signal && !sketch && !ownEntry(signal.fields, name)) reportUnknownField(signal, name, report);
    if (typeof text !== 'string') {
      report(at(0), unquotedSeries);
      continue;
    }
    const parsed = sketch ? parseSketchSeries(text, sketch.unit) : parseSeries(text);
    if ('offset' in parsed) report(at(parsed.offset), parsed.message);
    else if (sketch) sketches.set(name, parsed as SketchSeries);
    else series.set(name, parsed as Series);
  }
  return { series, sketches };
}

function ownEntry<T>(record: Readonly<Record<string, T>> | undefined, name: string): T | undefined {
  return record !== undefined && Object.hasOwn(record, name) ? record[name] : undefined;
}

function reportUnknownField({ id, fields, sketches }: SignalDefinition, name: string, report: Report): void {
  const known = [...Object.keys(fields), ...Object.keys(sketches ?? {})];
  report({ path: ['series', name], key: true }, `${id} has no field "${name}"`, didYouMean(name, known));
}
