import type { Benchmark, BenchmarkOptions, BenchmarkResult, BenchmarkRow } from '../benchmark.ts';
import { machineConditions } from '../machine.ts';
import { reaches } from './bench-rules.ts';
import { compareRules } from './compare-rules.ts';
import { measureKeys, shippedRule } from './measure-keys.ts';

const seed = 20_261_121;
const ruleCounts = [10, 200, 1000] as const;
const keyCounts = [1_000, 10_000, 100_000] as const;
/** Times 1,000 rules that all judge every row: 100,000 keys. */
const series = 100;

export const engineBenchmark: Benchmark = {
  name: 'engine',
  description: 'observations a second and core through the judge, beside json-rules-engine; memory a key',
  run,
};

async function run(options: BenchmarkOptions): Promise<BenchmarkResult> {
  const { quick, progress, signal } = options;
  const rounds = quick ? 3 : 10;
  const turnSeconds = quick ? 0.05 : 0.25;
  const conditions = { ...machineConditions(), rounds, seed, rows: '5 % with a retransmit, 0.2 % above 4 %' };
  const rows: BenchmarkRow[] = [];
  const file = await shippedRule();
  for (const keys of quick ? keyCounts.slice(0, 2) : keyCounts) {
    progress(`the shipped rule with ${keys} keys`);
    rows.push(await measureKeys(file, { keys, rounds, seed }, signal));
  }
  for (const reach of reaches)
    for (const rules of ruleCounts) {
      progress(`${rules} rules, ${reach}`);
      rows.push(
        await compareRules({ rules, reach, series: seriesFor(reach), rounds, turnSeconds, seed }, signal),
      );
    }
  return { benchmark: 'engine', conditions, rows, notes };
}

function seriesFor(reach: (typeof reaches)[number]): number {
  return reach === 'every' ? series : series * 10;
}

const notes: readonly string[] = [
  'obs/s: observations by CPU second of all threads of the process, so a core; mean over the rounds ± 95 % confidence interval. The sides take turns within each round, over the same rows.',
  'judge: the stage of the product: keys, windows, conditions, alert life, changed state written out as JSON after every 256 records. Not in it: reading the log and committing to SQLite.',
  'conditions alone: `where` and `when` as compiled, without any state; json-rules-engine: the same conditions over the same facts, handed to it ready made. It keeps no state at all, so "judge ÷ library" compares more work with less.',
  'Before each comparison both sides must agree on how many conditions hold.',
];
