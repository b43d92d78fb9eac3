import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { compileRules } from '../rules/compile.ts';
import { createJudgeStage } from './judge.ts';
import {
  feed,
  retransmitRow,
  seededRandom,
  SignalScript,
  startMs,
  transitionsIn,
} from './testing/signal-script.ts';

/**
 * The figures that the design was chosen by, with the real judge and the shipped rule: segments at a steady rate,
 * seeded losses, a candidate 50 ms after a loss (at most ten a second), a flush at the end of each second.
 */
const path = 'rules/catalog/tcp-retransmit-spike/rule.yaml';
const files = [{ path, text: readFileSync(path, 'utf8') }];
const source = { node: 'n1', workload: 'netns/checkout' };

type Losses = (atMs: number) => number;

interface Pending {
  segments: number;
  retransmits: number;
  episodes: number;
}

/** Writes what an agent would send of `perSecond` segments, `losses(t)` resent at the segment sent at t. */
function simulate(
  script: SignalScript,
  fromMs: number,
  toMs: number,
  perSecond: number,
  losses: Losses,
): void {
  const noticeAfterMs = 50;
  let pending: Pending = { segments: 0, retransmits: 0, episodes: 0 };
  let candidateMs = Infinity;
  let flushedMs = -Infinity;
  const flush = (atMs: number) => {
    const { segments, retransmits, episodes } = pending;
    const fields = {
      data_segments: segments,
      retransmits,
      loss_episodes: episodes,
      tail_loss_probes: 0,
      stalled_sockets: 0,
      syn_retransmits: 0,
    };
    script.flush(source, [retransmitRow(fields)], startMs + Math.round(atMs));
    pending = { segments: 0, retransmits: 0, episodes: 0 };
    [candidateMs, flushedMs] = [Infinity, atMs];
  };
  let nextFlushMs = fromMs + 1_000;
  for (let atMs = fromMs; atMs < toMs; atMs += 1_000 / perSecond) {
    if (atMs >= candidateMs && atMs - flushedMs >= 100) flush(atMs);
    if (atMs >= nextFlushMs) {
      flush(nextFlushMs);
      nextFlushMs += 1_000;
    }
    const lost = losses(atMs);
    pending.segments += 1 + lost;
    pending.retransmits += lost;
    if (lost > 0) {
      pending.episodes += 1;
      candidateMs = Math.min(candidateMs, atMs + noticeAfterMs);
    }
  }
}

/** A judge's state after `seconds` of losses at 0.05 %, to begin many trials from. */
function learnedState(seconds: number, perSecond: number, seed: number) {
  const script = new SignalScript();
  script.rules(files, startMs, 1_000);
  const random = seededRandom(seed);
  simulate(script, 0, seconds * 1_000, perSecond, () => (random() < 0.0005 ? 1 : 0));
  const store = new Map<string, Uint8Array>();
  const early = transitionsIn(feed(createJudgeStage({ compile: compileRules }), script.records, store));
  return { store, early };
}

interface Trial {
  readonly seconds: number;
  readonly perSecond: number;
  readonly rate: number;
  readonly forMs: number;
  readonly trials: number;
}

/** Seconds from the beginning of the fault to the alert, by trial; Infinity: not found. */
function delays({ seconds, perSecond, rate, forMs, trials }: Trial): number[] {
  const { store } = learnedState(seconds, perSecond, 1);
  return Array.from({ length: trials }, (_, trial) => {
    const random = seededRandom(1_000 + trial);
    const script = new SignalScript();
    const faultMs = seconds * 1_000 + Math.floor(random() * 1_000);
    const losses: Losses = (atMs) => {
      const faulty = atMs >= faultMs && atMs < faultMs + forMs;
      return random() < (faulty ? rate : 0.0005) ? 1 : 0;
    };
    simulate(script, seconds * 1_000, faultMs + 12_000, perSecond, losses);
    // A boot of its own: the learned one's sequence numbers are used up.
    const records = script.records.map((record) => ({
      ...record,
      event: { ...record.event, id: record.event.id.replace('boot-1', 'boot-2') },
    }));
    const judge = createJudgeStage({ compile: compileRules });
    judge.restore(store);
    const [first] = transitionsIn(feed(judge, records)).filter(({ state }) => state === 'firing');
    return first ? (first.at_ms - startMs - faultMs) / 1_000 : Infinity;
  });
}

const median = (values: readonly number[]) =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
const found = (values: readonly number[]) => values.filter(Number.isFinite).length / values.length;

describe('the yardstick', () => {
  it.each([
    // segments/s, learned s, loss, at most (median, s), found at least
    [200, 15, 0.05, 0.6, 1],
    [200, 105, 0.05, 0.5, 1],
    [700, 10, 0.05, 0.35, 1],
    [200, 105, 0.02, 2.5, 0.95],
    [700, 35, 0.02, 0.8, 1],
  ])(
    '%d segments/s, %d s learned: loss of %d is found in %d s',
    (perSecond, seconds, rate, within, share) => {
      const seen = delays({ seconds, perSecond, rate, forMs: 12_000, trials: 40 });
      expect(found(seen)).toBeGreaterThanOrEqual(share);
      expect(median(seen)).toBeLessThanOrEqual(within);
    },
  );

  it('finds bursts of half a second', () => {
    const quiet = delays({ seconds: 105, perSecond: 200, rate: 0.05, forMs: 500, trials: 60 });
    const busy = delays({ seconds: 35, perSecond: 700, rate: 0.05, forMs: 500, trials: 40 });
    expect(found(quiet)).toBeGreaterThanOrEqual(0.7);
    expect(found(busy)).toBeGreaterThanOrEqual(0.97);
  });

  it.each([
    ['independent losses of 0.05 %', (random: () => number) => (random() < 0.0005 ? 1 : 0)],
    ['independent losses of 2 %', (random: () => number) => (random() < 0.02 ? 1 : 0)],
    [
      'losses of 0.5 % in clusters of four',
      (random: () => number) =>
        random() < 0.00125 ? 1 + Math.floor(Math.log(1 - random()) / Math.log(0.75)) : 0,
    ],
  ])('stays silent for hours on %s', (_name, lose) => {
    for (const seed of [5, 14, 16, 18]) {
      const script = new SignalScript();
      script.rules(files, startMs, 600_000);
      const random = seededRandom(seed);
      simulate(script, 0, 2 * 3_600_000, 100, () => lose(random));
      const transitions = transitionsIn(feed(createJudgeStage({ compile: compileRules }), script.records));
      expect(transitions.map((t) => [seed, t.at_ms - startMs, t.baseline?.why])).toEqual([]);
    }
  });
});
