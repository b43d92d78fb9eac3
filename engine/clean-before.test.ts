import { describe, expect, it } from 'vitest';
import { readFileSync } from 'node:fs';
import { compileRules } from '../rules/compile.ts';
import { createJudgeStage } from './judge.ts';
import { feed, retransmitRow, SignalScript, startMs, transitionsIn } from './testing/signal-script.ts';

const path = 'rules/catalog/tcp-retransmit-spike/rule.yaml';
const files = [{ path, text: readFileSync(path, 'utf8') }];
const source = { node: 'n1', workload: 'netns/checkout' };

interface Flush {
  readonly atMs: number;
  readonly segments: number;
  readonly lost?: number;
  readonly spurious?: number;
}

/** What is told of these flushes by the shipped rule with a learning period of eight seconds. */
function play(flushes: readonly Flush[]) {
  const script = new SignalScript();
  script.rules(files, startMs, 8_000);
  for (const { atMs, segments, lost = 0, spurious = 0 } of flushes)
    script.flush(source, [retransmitRow(fieldsOf(segments, lost, spurious))], startMs + atMs);
  const outputs = feed(createJudgeStage({ compile: compileRules }), script.records);
  return transitionsIn(outputs).filter(({ state }) => state === 'firing');
}

function fieldsOf(segments: number, lost: number, spurious: number) {
  return {
    data_segments: segments,
    retransmits: lost + spurious,
    spurious_retransmits: spurious,
    loss_episodes: lost,
    tail_loss_probes: spurious,
    stalled_sockets: 0,
    syn_retransmits: 0,
  };
}

const seconds = (count: number, more: Partial<Flush> = {}): Flush[] =>
  Array.from({ length: count }, (_, index) => ({ atMs: (index + 1) * 1_000, segments: 200, ...more }));
/** A loss each 100 ms, the first told with what the second had sent till then. */
const burst = (fromMs: number, losses: number): Flush[] =>
  Array.from({ length: losses }, (_, index) => ({
    atMs: fromMs + 400 + index * 100,
    segments: index === 0 ? 80 : 20,
    lost: 1,
  }));

describe('a short burst on a connection of fifteen seconds', () => {
  it('is told at the fourth loss', () => {
    const told = play([...seconds(15), ...burst(15_000, 6)]);
    expect(told.map(({ at_ms }) => at_ms - startMs)).toEqual([15_700]);
    expect(told[0]?.baseline?.samples).toBeCloseTo(2_000, 0);
  });

  it('is not told where the seconds before were not clean, which says that this is how the link is', () => {
    const lossy = seconds(15).map((second) => ({ ...second, lost: second.atMs >= 11_000 ? 1 : 0 }));
    expect(play([...lossy, ...burst(15_000, 4)])).toEqual([]);
  });
});

describe('segments that were sent again for nothing', () => {
  it('do not make the judge deaf to those that were lost', () => {
    const restless = seconds(60, { spurious: 2 });
    const told = play([...restless, ...burst(60_000, 4)]);
    expect(told.map(({ at_ms }) => at_ms - startMs)).toEqual([60_600]);
  });

  it('are no trouble by themselves', () => {
    expect(play([...seconds(30), ...seconds(60, { spurious: 20 }).slice(30)])).toEqual([]);
  });
});
