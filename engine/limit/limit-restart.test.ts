import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileRules, type CompileResult } from '../../rules/compile.ts';
import type { Transition } from '../../stream/events/transition.ts';
import type { StreamRecord } from '../../stream/port.ts';
import type { CompileRules } from '../judge-context.ts';
import { createJudgeStage } from '../judge.ts';
import {
  feed,
  feedWithRestarts,
  retransmitRow,
  SignalScript,
  startMs,
  transitionsIn,
} from '../testing/signal-script.ts';

const ruleFile = (limit: number | undefined, forMs: number) => ({
  path: 'limited.yaml',
  text: `groups:
  - name: g
    rules:
      - alert: Loss
        id: loss
        signal: tcp.retransmits
        by: [workload, peer]
        measure: retransmit_ratio
        over: [1s, 5s]
        when: [measure > 2%]
        for: ${forMs}ms
        levels: { notice: {}, page: { when: [measure > 20%] } }
        clear: { when: [measure < 2%], for: 3s }
        expire_after: 30s
        ${limit === undefined ? '' : `limit: ${limit}`}
`,
});

const compiled = new Map<string, CompileResult>();
const compile: CompileRules = (files, options) => {
  const key = JSON.stringify(files);
  const known = compiled.get(key) ?? compileRules(files, options);
  compiled.set(key, known);
  return known;
};
const newJudge = () => createJudgeStage({ compile });

const row = fc.record({ peer: fc.integer({ min: 0, max: 4 }), lossPercent: fc.constantFrom(0, 0, 5, 9, 40) });
const step = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('rows' as const),
      workload: fc.integer({ min: 0, max: 2 }),
      afterMs: fc.integer({ min: 1, max: 1_500 }),
      rows: fc.array(row, { minLength: 1, maxLength: 5 }),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('tick' as const),
      afterMs: fc.integer({ min: 100, max: 8_000 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('rules' as const),
      limit: fc.constantFrom(undefined, 1, 2, 4),
      forMs: fc.constantFrom(0, 1_000),
    }),
  },
);
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

function write(steps: readonly Step[]): readonly StreamRecord[] {
  const script = new SignalScript();
  script.rules([ruleFile(2, 0)]);
  let atMs = startMs;
  for (const one of steps) {
    if ('afterMs' in one) atMs += one.afterMs;
    if (one.kind === 'tick') script.tick(atMs);
    else if (one.kind === 'rules') script.rules([ruleFile(one.limit, one.forMs)], atMs);
    else {
      const rows = one.rows.map(({ peer, lossPercent }) =>
        retransmitRow(
          { data_segments: 100, retransmits: lossPercent },
          { peer: { kind: 'workload', name: `netns/p${peer}`, ip: `198.51.100.${peer}` } },
        ),
      );
      script.flush({ node: `n${one.workload}`, workload: `netns/w${one.workload}` }, rows, atMs);
    }
  }
  return script.records;
}

describe('a limit over restarts', () => {
  it('tells the same wherever the judge is stored and restored, in any order', () => {
    let counted = 0;
    fc.assert(
      fc.property(
        fc.array(step, { minLength: 5, maxLength: 80 }),
        fc.array(fc.nat({ max: 80 }), { maxLength: 8 }),
        (steps, cuts) => {
          const records = write(steps);
          const whole = feed(newJudge(), records);
          counted += transitionsIn(whole).filter((transition) => transition.counted).length;
          expect(feedWithRestarts(newJudge, records, cuts)).toEqual(whole);
        },
      ),
      { numRuns: 100, seed: 20_261_122 },
    );
    expect(counted).toBeGreaterThan(100);
  });

  it('never lets more fire than its limit, gives every transition a number of its own, and ends what it began', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 5, maxLength: 80 }), (steps) => {
        const fixed = steps.filter(({ kind }) => kind !== 'rules');
        const told = transitionsIn(feed(newJudge(), write([...fixed, ...quiet])));
        const ids = told.map(({ fingerprint, episode, seq }) => `${fingerprint}/${episode}/${seq}`);
        expect(new Set(ids).size).toBe(ids.length);
        const last = new Map<string, Transition>();
        for (const transition of told) {
          const before = last.get(transition.fingerprint);
          expect(isNext(before, transition)).toBe(true);
          last.set(transition.fingerprint, transition);
          const firing = [...last.values()].filter(({ state, counted }) => state === 'firing' && !counted);
          expect(firing.length).toBeLessThanOrEqual(2);
        }
        expect([...last.values()].filter(({ state }) => state === 'firing' || state === 'pending')).toEqual(
          [],
        );
      }),
      { numRuns: 100, seed: 20_261_123 },
    );
  });
});

/** Long enough for all to expire. */
const quiet: readonly Step[] = Array.from({ length: 40 }, () => ({ kind: 'tick', afterMs: 2_000 }) as const);

function isNext(before: Transition | undefined, { episode, seq }: Transition): boolean {
  if (!before) return episode === 1 && seq === 1;
  return episode === before.episode ? seq === before.seq + 1 : episode === before.episode + 1 && seq === 1;
}
