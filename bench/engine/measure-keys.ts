import { readFile } from 'node:fs/promises';
import type { RuleFile } from '../../rules/compile.ts';
import type { BenchmarkRow } from '../benchmark.ts';
import { cpuSecondsOf } from '../cpu-time.ts';
import { confidence95, mean } from '../statistics.ts';
import { judgeRecords, loadedJudge } from './contestants.ts';
import { liveHeapBytes } from './live-heap.ts';
import { ObservationLoad } from './observation-load.ts';

export interface KeysPlan {
  readonly keys: number;
  readonly rounds: number;
  readonly seed: number;
}

/** More seconds than a key has buckets, so that its history is full. */
const fillSeconds = 20;

/** The shipped rule with room for all keys; everything else of it as it is: rate baseline, four windows. */
export async function shippedRule(): Promise<RuleFile> {
  const url = new URL('../../rules/catalog/tcp-retransmit-spike/rule.yaml', import.meta.url);
  const text = await readFile(url, 'utf8');
  const overlay = 'overlays:\n  - {override: tcp-retransmit-spike, set: {max_keys: 1000000}}\n';
  return { path: 'rule.yaml', text: `${text}\n${overlay}` };
}

/** One line of the table: the shipped rule with so many keys, each seen once a second. */
export async function measureKeys(
  file: RuleFile,
  plan: KeysPlan,
  signal: AbortSignal,
): Promise<BenchmarkRow> {
  const emptyBytes = liveHeapBytes();
  const judge = loadedJudge(file);
  const load = new ObservationLoad(plan.keys, plan.seed);
  for (let second = 0; second < fillSeconds; second++) judgeRecords(judge, load.next().records);
  const keyBytes = (liveHeapBytes() - emptyBytes) / judge.stats().keys;
  const rates: number[] = [];
  let stateBytes = 0;
  for (let round = 0; round < plan.rounds; round++) {
    signal.throwIfAborted();
    const { records, observations } = load.next();
    const seconds = await cpuSecondsOf(() => void (stateBytes = judgeRecords(judge, records)));
    rates.push(observations / seconds);
  }
  return {
    name: `shipped rule, ${plan.keys} keys`,
    figures: {
      keys: judge.stats().keys,
      'judge, obs/s': Math.round(mean(rates)),
      '± 95 %': Math.round(confidence95(rates)),
      'alerts open': judge.stats().alerts,
      'heap, bytes a key': Math.round(keyBytes),
      'state written, bytes a key and second': Math.round(stateBytes / judge.stats().keys),
    },
  };
}
