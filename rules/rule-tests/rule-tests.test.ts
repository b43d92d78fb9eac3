import { describe, expect, it } from 'vitest';
import { createCloudEvent } from '../../stream/cloud-event.ts';
import { observationsType, type ObservationsEvent } from '../../stream/events/observation.ts';
import type { Output, StreamRecord } from '../../stream/port.ts';
import { transitionType, type Transition } from '../../stream/events/transition.ts';
import { formatFault } from '../parse/faults.ts';
import { runRuleTestFile } from './run-rule-test-file.ts';
import { runRuleTests, type RuleTestReport } from './run-rule-tests.ts';
import { parseSeries, parseSketchSeries } from './series.ts';
import { parseRuleTestFile } from './test-file.ts';
import { ruleFileOf, testFileOf } from './test-file-names.ts';
import { testRecords, testStartMs } from './test-records.ts';

describe('parseSeries', () => {
  it.each<[string, (number | undefined)[]]>([
    ['1 2 _ -4', [1, 2, undefined, -4]],
    ['0+5x3', [0, 5, 10, 15]],
    ['10-2.5x2', [10, 7.5, 5]],
    ['3x2', [3, 3, 3]],
    ['_x3 1e3', [undefined, undefined, undefined, 1_000]],
  ])('%s, as promtool reads it', (text, values) => expect(parseSeries(text)).toEqual(values));

  it.each<[string, number, RegExp]>([
    ['1 2 three', 4, /cannot read "three"/],
    ['5+1', 0, /write 5\+1x10/],
    ['1x99999999', 0, /more than/],
    ['  ', 0, /empty/],
  ])('refuses %s', (text, offset, message) =>
    expect(parseSeries(text)).toEqual({ offset, message: expect.stringMatching(message) as string }),
  );
});

describe('parseSketchSeries', () => {
  const steps = (text: string) => {
    const parsed = parseSketchSeries(text, 'us');
    return 'offset' in parsed ? parsed : parsed.map((step) => (step ? Object.fromEntries(step) : undefined));
  };

  it.each<[string, (Record<number, number> | undefined)[]]>([
    ['1200', [{ 1200: 1 }]],
    ['1200*20 _ 7', [{ 1200: 20 }, undefined, { 7: 1 }]],
    [
      '30ms*19,2s*1x1',
      [
        { 30_000: 19, 2_000_000: 1 },
        { 30_000: 19, 2_000_000: 1 },
      ],
    ],
    ['_x2', [undefined, undefined]],
  ])('%s: the values of each step', (text, values) => expect(steps(text)).toEqual(values));

  it.each<[string, number, RegExp]>([
    ['5 -3', 2, /negative/],
    ['5 5**3', 2, /cannot read "5\*\*3"/],
    ['1*9999999', 0, /more than 1000000/],
  ])('refuses %s', (text, offset, message) =>
    expect(steps(text)).toEqual({ offset, message: expect.stringMatching(message) as string }),
  );

  it('knows times only for sketches of time', () =>
    expect(parseSketchSeries('5ms', 'bytes')).toEqual({
      offset: 0,
      message: 'the sketch is in bytes: "5ms" does not fit',
    }));
});

const rule = `groups:
  - name: g
    rules:
      - { alert: A, id: a, signal: tcp.retransmits, by: [workload], measure: retransmit_ratio, when: [measure > 1%] }
`;

function testFile(expectations: string): string {
  return `tests:
  - name: story
    interval: 500ms
    input:
      - signal: tcp.retransmits
        series: { data_segments: '10x1 _ 10', retransmits: '0 1 _ 2' }
    expect: ${expectations}
`;
}

describe('parseRuleTestFile', () => {
  const faultsOf = (text: string) => {
    const parsed = parseRuleTestFile({ path: 't.yaml', text });
    return 'tests' in parsed ? [] : parsed.map(formatFault);
  };

  it('tells all faults with their places', () => {
    const text = `rulez: [rule.yaml]
tests:
  - name: a
    input:
      - signal: tcp.retransmit
        series: {}
      - signal: tcp.retransmits
        series: { retransmit: '1 2', retransmits: '1 x', data_segments: 0x10 }
    expect: [{ at: 5, state: fireing }, { state: firing }]
`;
    expect(faultsOf(text)).toEqual([
      't.yaml:1:1: unknown key "rulez" (did you mean "rules"?)',
      't.yaml:5:17: unknown signal "tcp.retransmit" (did you mean "tcp.retransmits"?)',
      't.yaml:8:19: tcp.retransmits has no field "retransmit" (did you mean "retransmits"?)',
      't.yaml:8:54: cannot read "x": write values such as 5, _, 3x10, 0+5x10',
      't.yaml:8:73: put the series in quotes: YAML reads 0x10 as a hexadecimal number',
      't.yaml:9:20: a duration needs a unit, e.g. 200ms, 10s, 5m, 7d',
      't.yaml:9:30: must be one of pending, firing, resolved, expired, cancelled (did you mean "firing"?)',
      't.yaml:9:41: an expectation has either "at" or "between"',
    ]);
  });
});

describe('names of test files', () => {
  it('a rule file and its tests find each other', () => {
    expect(testFileOf('a/net.yaml')).toBe('a/net.test.yaml');
    expect(testFileOf('a/net.test.yml')).toBe('a/net.test.yml');
    expect(ruleFileOf('a/net.test.yaml')).toBe('net.yaml');
    const parsed = parseRuleTestFile({ path: 'a/net.test.yaml', text: testFile('[]') });
    expect('tests' in parsed && parsed.rules).toEqual(['net.yaml']);
  });
});

describe('testRecords', () => {
  it('writes rules, observations and ticks in the order of time, nothing for a missing value', () => {
    const parsed = parseRuleTestFile({ path: 't.yaml', text: testFile('[]') });
    if (!('tests' in parsed)) throw new Error('must parse');
    const [test] = parsed.tests;
    if (test === undefined) throw new Error('no test');
    const records = [...testRecords(test, [])];
    const times = records.map((record) => record.appendedAtMs - testStartMs);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    const observed = records.filter((record) => record.event.type === observationsType);
    expect(observed.map((record) => record.appendedAtMs - testStartMs)).toEqual([500, 1_000, 2_000]);
    expect((observed[1]?.event as ObservationsEvent).data.rows[0]?.fields).toMatchObject({
      data_segments: 10,
      retransmits: 1,
      stalled_sockets: 0,
    });
    expect(records.filter((record) => record.event.type.includes('tick')).length).toBe(8);
  });
});

describe('inputs of one subject', () => {
  it('are one batch, as an agent sends them: a limit compares what begins at the same time', () => {
    const input = (peer: string) =>
      `{ signal: tcp.retransmits, peer: { name: ${peer} }, series: { data_segments: '10', retransmits: '1' } }`;
    const other = `{ signal: tcp.retransmits, subject: { workload: netns/other }, series: { retransmits: '1' } }`;
    const text = `tests: [{ name: a, input: [${input('a')}, ${other}, ${input('b')}], expect: [] }]`;
    const parsed = parseRuleTestFile({ path: 't.yaml', text });
    const [test] = 'tests' in parsed ? parsed.tests : [];
    const rows = [...testRecords(test ?? never(), [])].flatMap(({ event }) =>
      event.type === observationsType ? [(event as ObservationsEvent).data.rows] : [],
    );
    expect(rows.map((batch) => batch.map(({ peer }) => peer.name))).toEqual([['a', 'b'], ['netns/server']]);
  });
});

function never(): never {
  throw new Error('no test');
}

/** Fires whenever a row holds a retransmit: enough of a judge to test the runner. */
function createJudge() {
  const process = ({ event }: StreamRecord): readonly Output[] => {
    if (event.type !== observationsType) return [];
    const { retransmits = 0 } = (event as ObservationsEvent).data.rows[0]?.fields ?? {};
    if (retransmits === 0) return [];
    const data = {
      at_ms: Date.parse(event.time),
      update: false,
      state: 'firing',
      level: 'page',
      rule_id: 'a',
      value: retransmits / 10,
      key: { workload: 'netns/client' },
      labels: {},
      annotations: {},
      reason: 'test',
    } as unknown as Transition;
    const id = event.id;
    return [
      {
        topic: 'alerts',
        event: createCloudEvent({ id, source: 's', type: transitionType, timeMs: 0, partitionkey: '', data }),
      },
    ];
  };
  return { process };
}

describe('runRuleTests', () => {
  const run = (expectations: string): RuleTestReport =>
    runRuleTests(
      { path: 't.yaml', text: testFile(expectations) },
      { createJudge, readRules: (paths) => paths.map((path) => ({ path, text: rule })) },
    );
  const failures = (report: RuleTestReport) =>
    'results' in report ? report.results.flatMap((result) => result.failures) : report.faults;

  it('passes when every transition is as expected', () => {
    const report = run(`
      - { at: 1s, state: firing, level: page, value: 10%, key: { workload: netns/client } }
      - { between: [1500ms, 2s], state: firing, rule: a }`);
    expect([report.ok, failures(report)]).toEqual([true, []]);
  });

  it('tells what is missing, what is too much and what differs', () => {
    expect(failures(run('[]'))).toEqual([
      'not expected: 1s firing page, 10%: test',
      'not expected: 2s firing page, 20%: test',
    ]);
    expect(
      failures(
        run('[{at: 2s, state: resolved, value: 5%}, {at: 2s, state: firing}, {at: 9s, state: resolved}]'),
      ),
    ).toEqual([
      'expected 2s resolved, got 1s firing page, 10%: test (at another time; another state; value 0.1)',
      'missing: 9s resolved',
    ]);
  });

  it('tells which file could not be read', () => {
    const report = runRuleTestFile('no/such/rule.test.yaml', createJudge);
    expect('faults' in report && report.faults.map(formatFault)).toEqual([
      'no/such/rule.test.yaml:1:1: cannot read no/such/rule.test.yaml: ENOENT',
    ]);
  });

  it('gives the faults of the rules it is about', () => {
    const report = runRuleTests(
      { path: 't.yaml', text: testFile('[]') },
      { createJudge, readRules: () => [{ path: 'r.yaml', text: 'x: 1' }] },
    );
    expect('faults' in report && report.faults.map(formatFault)).toEqual([
      'r.yaml:1:1: unknown key "x" (one of groups, overlays)',
    ]);
  });
});
