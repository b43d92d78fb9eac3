import { describe, expect, it, vi } from 'vitest';
import { compileRules } from '../rules/compile.ts';
import { formatFault } from '../rules/parse/faults.ts';
import { runRuleTests } from '../rules/rule-tests/run-rule-tests.ts';
import { defineSignal } from '../signals/define-signal.ts';
import { addToSketch } from '../signals/sketch.ts';
import type { ObservationRow } from '../stream/events/observation.ts';
import { createJudgeStage } from './judge.ts';
import {
  feed,
  seededRandom,
  SignalScript,
  startMs,
  storeChanges,
  transitionsIn,
} from './testing/signal-script.ts';

vi.mock('../signals/catalogue.ts', () => ({ signalCatalogue: new Map([['test.latency', testLatency]]) }));

const testLatency = vi.hoisted(
  () =>
    ({
      id: 'test.latency',
      description: 'Requests to a server, by client.',
      fields: {
        requests: { unit: 'requests', merge: 'sum', description: 'Requests.' },
        slowest_us: { unit: 'us', merge: 'max', description: 'The slowest.' },
      },
      sketches: {
        latency_us: { unit: 'us', of: 'requests', description: 'How long they took.' },
        wait_us: { unit: 'us', of: 'waits', description: 'How long they waited before.' },
      },
      measures: {
        latency_p95: {
          sketch: 'latency_us',
          quantile: 0.95,
          unit: 'us',
          description: '95 of 100 are faster.',
        },
        requests: { numerator: 'requests', unit: 'requests', description: 'Requests.' },
      },
      priors: {},
    }) as const,
);
defineSignal(testLatency);

/** Slower than its own normal, above an absolute floor, and enough of them to tell. */
const rule = (more = '') => `groups:
  - name: g
    rules:
      - alert: Slow
        id: slow
        signal: test.latency
        by: [workload, peer]
        measure: latency_p95
        over: [10s, 60s]
        baseline: { method: envelope, learn: 30s, min_ratio: 2, min_value: 300ms, min_events: 20${more} }
        when: [baseline.score > 1]
        clear: { when: [baseline.score < 1], for: 20s }
        annotations: { summary: '{{ value | duration_us }} of {{ measure_count }}, normally up to {{ baseline.upper | duration_us }}' }
`;

const createJudge = () => createJudgeStage({ compile: compileRules });

function failuresOf(tests: string, text = rule()): readonly string[] {
  const report = runRuleTests(
    { path: 't.yaml', text: tests },
    { createJudge, readRules: (paths) => paths.map((path) => ({ path, text })) },
  );
  return 'faults' in report
    ? report.faults.map(formatFault)
    : report.results.flatMap(({ name, failures }) => failures.map((failure) => `${name}: ${failure}`));
}

const story = (name: string, latency: string, expectations: string) => `tests:
  - name: ${name}
    input: [{ signal: test.latency, series: { latency_us: '${latency}' } }]
    expect: ${expectations}
`;

describe('a quantile of a sketch', () => {
  it('fires when it is beyond its own normal, above the floor and rests on enough', () =>
    expect(
      failuresOf(
        story(
          'slow',
          '50ms*9,120ms*1x119 50ms*5,900ms*5x29 50ms*9,120ms*1x119',
          '[{ between: [121s, 132s], state: firing }, { between: [170s, 190s], state: resolved }]',
        ),
      ),
    ).toEqual([]));

  it('clears over a longer window where the one to clear over holds too little', () =>
    expect(
      failuresOf(
        story(
          'rare',
          '50ms*1x119 900ms*1x39 50ms*1x239',
          '[{ between: [121s, 130s], state: firing }, { between: [210s, 255s], state: resolved }]',
        ),
      ),
    ).toEqual([]));

  it.each([
    ['below the floor', '20ms*10x119 200ms*10x59'],
    ['of too few values', '50ms*10x119 _x60 2s*1 _x20 2s*3 _x60'],
    ['within its own normal', '400ms*10,700ms*1x119 700ms*10x59'],
    ['at a time at which nothing is counted', '50ms*10x119 _x300'],
  ])('is silent %s', (name, latency) => expect(failuresOf(story(name, latency, '[]'))).toEqual([]));

  it('is told with its figures in readable units, what it rests on, and each guard', () => {
    const script = new SignalScript();
    script.rules([{ path: 'r.yaml', text: rule() }]);
    for (let s = 1; s <= 80; s++) flush(script, s, s <= 70 ? 40_000 : 800_000);
    const [fired] = transitionsIn(feed(createJudge(), script.records));
    expect(fired?.annotations['summary']).toMatch(/^[78]\d\d ms of \d+, normally up to (38|39|40|41) ms$/);
    expect(fired?.baseline?.guards.map(({ name, held }) => [name, held])).toEqual([
      ['learned', true],
      ['min_samples', true],
      ['min_events', true],
      ['outside', true],
    ]);
    expect(fired?.baseline?.why).toMatch(
      / ms, seen so far \d+ ms to \d+ ms \(\d+ figures\); abnormal from 300 ms\.$/,
    );
  });

  it('is the same after a restart at any point, from a state of little more than 1 KiB', () => {
    const script = new SignalScript();
    script.rules([{ path: 'r.yaml', text: rule() }]);
    const random = seededRandom(3);
    for (let s = 1; s <= 200; s++) flush(script, s, (s <= 150 ? 40_000 : 700_000) * Math.exp(random()), 200);
    const undisturbed = transitionsIn(feed(createJudge(), script.records));
    expect(undisturbed.length).toBeGreaterThan(0);
    const store = new Map<string, Uint8Array>();
    const restarted = script.records.flatMap((record) => {
      const judge = createJudge();
      judge.restore(store);
      const outputs = judge.process(record);
      storeChanges(store, judge.drainState());
      return outputs;
    });
    expect(transitionsIn(restarted)).toEqual(undisturbed);
    const sizes = [...store].filter(([key]) => key.startsWith('key/')).map(([, value]) => value.length);
    expect(Math.max(...sizes)).toBeLessThan(4_096);
  });
});

describe('what a rule says of a quantile', () => {
  const faultsOf = (text: string) => {
    const result = compileRules([{ path: 'r.yaml', text }]);
    return result.ok ? [] : result.faults.map(({ message }) => message);
  };

  it('may name times in any unit', () =>
    expect(faultsOf(rule(', min_delta: 0.2s, ceiling: 5s'))).toEqual([]));

  it('is refused where it cannot be meant', () => {
    expect(faultsOf(rule(', ceiling: 100ms'))).toEqual([
      'min_value lies above ceiling, so the ceiling could never be reached',
    ]);
    expect(faultsOf(rule().replace('latency_p95', 'requests'))).toEqual([
      'requests adds up: over a longer window it is always higher, and "envelope" compares them all',
      'requests is in requests: a duration does not fit',
    ]);
    expect(faultsOf(rule().replace('baseline.score > 1', 'latency_us > 3'))).toEqual([
      'unknown fact "latency_us"',
    ]);
    expect(faultsOf(rule().replace(/baseline: .*/, 'baseline: { method: rate }'))).toContain(
      '"rate" needs a ratio of counts, and latency_p95 has no denominator',
    );
  });
});

/** One flush of ten requests, most of them of about `us` microseconds. */
function flush(script: SignalScript, second: number, us: number, spread = 0): void {
  const fields: Record<string, number> = { requests: 10, slowest_us: us };
  for (let i = 0; i < 10; i++) addToSketch(fields, 'latency_us', us * (1 + (i * spread) / 1_000));
  addToSketch(fields, 'wait_us', 5);
  const row: ObservationRow = {
    signal: 'test.latency',
    role: 'client',
    service_port: 443,
    peer: { kind: 'external', name: 'api.example.com', ip: '203.0.113.9' },
    fields,
  };
  const atMs = startMs + second * 1_000;
  script.flush({ node: 'n1', workload: 'netns/checkout' }, [row], atMs);
  script.tick(atMs + 500);
}
