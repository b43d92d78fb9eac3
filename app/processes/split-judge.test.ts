import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createJudgeStage } from '../../engine/judge.ts';
import { retransmitRow, SignalScript, startMs } from '../../engine/testing/signal-script.ts';
import { compileRules } from '../../rules/compile.ts';
import type { Output } from '../../stream/port.ts';
import { compileOnly, createForwardingJudge, isWide } from './split-judge.ts';

const files = ['quick-loss', 'quick-loss-anywhere'].map((name) => {
  const path = `test/kafka/testdata/${name}.yaml`;
  return { path, text: readFileSync(path, 'utf8') };
});
const createJudge = (partition: number) =>
  createForwardingJudge(
    createJudgeStage({ compile: compileOnly(compileRules, (rule) => !isWide(rule)) }),
    compileRules,
    partition,
  );

function createScript(): SignalScript {
  const script = new SignalScript();
  script.rules(files);
  const row = retransmitRow({ data_segments: 100, retransmits: 0, stalled_sockets: 0, syn_retransmits: 0 });
  script.flush({ node: 'n1', workload: 'netns/a' }, [row, { ...row, signal: 'tcp.rtt' }], startMs + 1_000);
  return script;
}

const forwarded = (outputs: readonly Output[]): readonly Output[] =>
  outputs.filter(({ topic }) => topic === 'signals');

describe('a judge that forwards what wide rules read', () => {
  it('passes on their rows only, as a source of its own', () => {
    const judge = createJudge(3);
    const outputs = forwarded(createScript().records.flatMap((record) => judge.process(record)));
    expect(outputs).toHaveLength(1);
    expect(outputs[0]?.event.source).toMatch(/\/nodes\/n1\/partitions\/3$/);
    const { rows } = outputs[0]?.event.data as { readonly rows: readonly { readonly signal: string }[] };
    expect(rows.map(({ signal }) => signal)).toEqual(['tcp.retransmits']);
  });

  it('passes control events on from one partition only', () => {
    const [rules] = createScript().records;
    expect(forwarded(createJudge(0).process(rules!)).map(({ event }) => event.id)).toEqual([rules?.event.id]);
    expect(forwarded(createJudge(1).process(rules!))).toEqual([]);
  });

  it('knows after a restart what to forward', () => {
    const [rules, batch] = createScript().records;
    const before = createJudge(1);
    before.process(rules!);
    const after = createJudge(1);
    after.restore(
      [...before.drainState()].flatMap(({ key, value }) => (value === null ? [] : [[key, value] as const])),
    );
    expect(forwarded(after.process(batch!))).toHaveLength(1);
  });
});
