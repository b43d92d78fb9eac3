import type { Engine } from 'json-rules-engine';
import type { JudgeStage } from '../../engine/judge.ts';
import type { CompiledRule } from '../../rules/compiled-rule.ts';
import type { BenchmarkRow } from '../benchmark.ts';
import { cpuSecondsOf } from '../cpu-time.ts';
import { confidence95, mean } from '../statistics.ts';
import { benchRules, compiledRulesOf, type Reach } from './bench-rules.ts';
import { createPeer, evaluateCompiled, judgeRecords, loadedJudge, runPeer } from './contestants.ts';
import { ObservationLoad } from './observation-load.ts';
import { factTablesOf, type FactTable } from './row-facts.ts';

export interface ComparisonPlan {
  readonly rules: number;
  readonly reach: Reach;
  /** (workload, peer) pairs; times the rules that reach them: keys. */
  readonly series: number;
  readonly rounds: number;
  /** CPU seconds that a turn of one side takes at least, so that the clock's grain does not show. */
  readonly turnSeconds: number;
  readonly seed: number;
}

/** Observations a CPU second of each, by round. */
interface Rates {
  readonly judge: number[];
  readonly conditions: number[];
  readonly peer: number[];
}

/** The library is slow: a turn of it sees so many rows at a time. */
const peerRows = 20;
const checkedRows = 100;

/** One line of the table: our stage, our conditions alone, and the library, taking turns over the same rows. */
export async function compareRules(plan: ComparisonPlan, signal: AbortSignal): Promise<BenchmarkRow> {
  const file = benchRules(plan.rules, plan.reach);
  const rules = compiledRulesOf(file);
  const peer = createPeer(rules);
  const judge = loadedJudge(file);
  const load = new ObservationLoad(plan.series, plan.seed);
  const tables = factTablesOf(load.next().records);
  await mustAgree(rules, peer, tables.slice(0, checkedRows));
  const rates: Rates = { judge: [], conditions: [], peer: [] };
  // The first round warms up and is not counted.
  for (let round = 0; round <= plan.rounds; round++) {
    signal.throwIfAborted();
    const turn = {
      judge: await rateOfJudge(judge, load, plan.turnSeconds),
      conditions: await rateOf(
        tables,
        tables.length,
        plan.turnSeconds,
        (part) => void evaluateCompiled(rules, part),
      ),
      peer: await rateOf(
        tables,
        peerRows,
        plan.turnSeconds,
        async (part) => void (await runPeer(peer, part)),
      ),
    };
    if (round === 0) continue;
    for (const name of ['judge', 'conditions', 'peer'] as const) rates[name].push(turn[name]);
  }
  return toRow(plan, judge.stats().keys, rates);
}

/** Otherwise the two were not asked the same. */
async function mustAgree(
  rules: readonly CompiledRule[],
  peer: Engine,
  tables: readonly FactTable[],
): Promise<void> {
  const [held, heldByPeer] = [evaluateCompiled(rules, tables), await runPeer(peer, tables)];
  if (held !== heldByPeer)
    throw new Error(`compiled, ${held} conditions hold; in json-rules-engine ${heldByPeer}`);
}

async function rateOfJudge(judge: JudgeStage, load: ObservationLoad, turnSeconds: number): Promise<number> {
  let [observations, seconds] = [0, 0];
  while (seconds < turnSeconds) {
    const second = load.next();
    seconds += await cpuSecondsOf(() => void judgeRecords(judge, second.records));
    observations += second.observations;
  }
  return observations / seconds;
}

async function rateOf(
  tables: readonly FactTable[],
  part: number,
  turnSeconds: number,
  run: (part: readonly FactTable[]) => void | Promise<void>,
): Promise<number> {
  let [observations, seconds] = [0, 0];
  for (let at = 0; seconds < turnSeconds; at = (at + part) % tables.length) {
    const rows = tables.slice(at, at + part);
    seconds += await cpuSecondsOf(() => run(rows));
    observations += rows.length;
  }
  return observations / seconds;
}

function toRow(plan: ComparisonPlan, keys: number, { judge, conditions, peer }: Rates): BenchmarkRow {
  const reach = plan.reach === 'every' ? 'all judge every row' : 'each for one of 100 namespaces';
  const factors = judge.map((rate, round) => rate / (peer[round] ?? NaN));
  return {
    name: `${plan.rules} rules, ${reach}`,
    figures: {
      keys,
      'judge, obs/s': withInterval(judge),
      'conditions alone, obs/s': withInterval(conditions),
      'json-rules-engine, obs/s': withInterval(peer),
      'judge ÷ library': withInterval(factors),
      'rule looks/s of the judge': Math.round(mean(judge) * plan.rules),
    },
  };
}

/** Mean ± half width of its 95 % confidence interval, to three figures. */
function withInterval(values: readonly number[]): string {
  return `${threeFigures(mean(values))} ± ${threeFigures(confidence95(values))}`;
}

function threeFigures(value: number): string {
  return value.toLocaleString('en', { maximumSignificantDigits: 3 });
}
