import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileRules, type CompileResult } from '../rules/compile.ts';
import type { CompileRules } from './judge-context.ts';
import { baselineAcceptedType } from '../stream/events/control.ts';
import type { StreamRecord } from '../stream/port.ts';
import { createJudgeStage } from './judge.ts';
import {
  feed,
  feedWithRestarts,
  retransmitRow,
  SignalScript,
  startMs,
  storeChanges,
  transitionsIn,
} from './testing/signal-script.ts';

const paths = [
  'rules/catalog/tcp-retransmit-spike/rule.yaml',
  'rules/catalog/tcp-handshake-stalled/rule.yaml',
];
const files = paths.map((path) => ({ path, text: readFileSync(path, 'utf8') }));
const compiled = new Map<string, CompileResult>();
/** Compiling is pure and takes most of the time of a judge that lives for three records. */
const compile: CompileRules = (sources, options) => {
  const key = JSON.stringify([sources.length, options.learnMs]);
  const known = compiled.get(key) ?? compileRules(sources, options);
  compiled.set(key, known);
  return known;
};
const newJudge = () => createJudgeStage({ compile });

/** One thing that happens on the signals topic. */
const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('rows' as const),
      workload: fc.integer({ min: 0, max: 3 }),
      node: fc.integer({ min: 0, max: 2 }),
      afterMs: fc.integer({ min: 1, max: 1_500 }),
      segments: fc.integer({ min: 0, max: 400 }),
      lossPercent: fc.constantFrom(0, 0, 0, 0, 1, 5, 30),
      stalled: fc.constantFrom(0, 0, 0, 4),
      syns: fc.constantFrom(0, 0, 0, 3),
      skewMs: fc.constantFrom(0, 0, 0, -300, 20_000),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('tick' as const),
      afterMs: fc.integer({ min: 100, max: 20_000 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('repeat' as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('rules' as const), count: fc.integer({ min: 0, max: 2 }) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('accept' as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('end' as const), workload: fc.integer({ min: 0, max: 3 }) }),
  },
);

function write(
  steps: readonly (typeof step extends fc.Arbitrary<infer S> ? S : never)[],
): readonly StreamRecord[] {
  const script = new SignalScript();
  script.rules(files, startMs, 10_000);
  let atMs = startMs;
  for (const one of steps) {
    if ('afterMs' in one) atMs += one.afterMs;
    switch (one.kind) {
      case 'rows': {
        const fields = {
          data_segments: one.segments,
          retransmits: Math.round((one.segments * one.lossPercent) / 100),
          stalled_sockets: one.stalled,
          syn_retransmits: one.syns,
        };
        const source = { node: `n${one.node}`, workload: `netns/w${one.workload}`, skewMs: one.skewMs };
        const evidence = {
          sockets: [{ local: '192.0.2.1:50000', remote: '198.51.100.2:8080', state: 'ESTABLISHED' }],
        };
        script.flush(source, [retransmitRow(fields, { evidence })], atMs);
        break;
      }
      case 'tick':
        script.tick(atMs);
        break;
      case 'repeat':
        script.append(script.records.at(-1)?.event as StreamRecord['event'], atMs);
        break;
      case 'end':
        script.end({ node: 'n0', workload: `netns/w${one.workload}` }, atMs);
        break;
      case 'rules':
        script.rules(files.slice(0, one.count), atMs, 10_000);
        break;
      case 'accept': {
        const [known] = transitionsIn(feed(newJudge(), script.records)).slice(-1);
        script.control(baselineAcceptedType, { fingerprint: known?.fingerprint ?? 'none', by: 'ana' }, atMs);
      }
    }
  }
  return script.records;
}

describe('the judge over restarts', () => {
  it('gives the same transitions wherever batches are cut and it is stored and restored', () => {
    let fired = 0;
    fc.assert(
      fc.property(
        fc.array(step, { minLength: 5, maxLength: 120 }),
        fc.array(fc.nat({ max: 120 }), { maxLength: 12 }),
        (steps, cuts) => {
          const records = write(steps);
          const whole = feed(newJudge(), records);
          fired += whole.length;
          expect(feedWithRestarts(newJudge, records, cuts)).toEqual(whole);
        },
      ),
      { numRuns: 150, seed: 20_261_121 },
    );
    expect(fired).toBeGreaterThan(200);
  });

  it('stores only what changed, below 1 KiB a key', () => {
    const script = new SignalScript();
    script.rules(files.slice(0, 1), startMs, 10_000);
    const judge = newJudge();
    feed(judge, script.records);
    const flush = (s: number, workload: string) => {
      const row = retransmitRow({
        data_segments: 1_234,
        retransmits: s % 2,
        rto: 0,
        fast: s % 2,
        tail_loss_probes: 0,
        syn_retransmits: 0,
        synack_retransmits: 0,
        spurious_retransmits: 0,
        loss_episodes: s % 2,
        stalled_sockets: 0,
        zero_window_sockets: 0,
        sockets: 25,
      });
      script.flush({ node: 'n1', workload }, [row], startMs + s * 997);
      const record = script.records.at(-1);
      if (record) judge.process(record);
    };
    for (let s = 1; s <= 200; s++) flush(s, `deployment/checkout-with-a-long-name-${s % 2}`);
    expect([...judge.drainState()]).toHaveLength(3);
    flush(201, 'deployment/checkout-with-a-long-name-1');
    const store = new Map<string, Uint8Array>();
    storeChanges(store, judge.drainState());
    expect([...store.keys()].map((key) => key.split('/')[0]).sort()).toEqual(['key', 'source']);
    const sizes = [...store].filter(([key]) => key.startsWith('key/')).map(([, value]) => value.length);
    expect(Math.max(...sizes)).toBeLessThan(1_024);
  });
});
