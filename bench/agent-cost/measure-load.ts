import { setTimeout as sleep } from 'node:timers/promises';
import type { BenchmarkRow } from '../benchmark.ts';
import { type ProcessUse, processUse } from '../process-cpu.ts';
import { confidence95, mean, quantile } from '../statistics.ts';
import { costsBetween, type ProgramCost, programsOf } from './bpf-programs.ts';
import { enableBpfStats } from './bpf-stats.ts';
import type { Load, LoadResult } from './load.ts';
import { startAgent } from './measured-agent.ts';

export interface CostPlan {
  readonly pairs: number;
  readonly seconds: number;
}

interface Side extends LoadResult {
  /** Of the agent, over the run. */
  readonly coreShare: number;
  readonly residentBytes: number;
}

/** Of starting up: compiling its own code is not what it costs. */
const settleMs = 2_000;

/** A pair has a run with and a run without the agent, in turn first: drift of the machine falls on both. */
export async function measureLoad(
  load: Load,
  plan: CostPlan,
  progress: (line: string) => void,
  signal: AbortSignal,
): Promise<readonly BenchmarkRow[]> {
  // Warms caches, routes and the programs of the load.
  await load.run(1);
  const without: LoadResult[] = [];
  const beside: Side[] = [];
  for (let pair = 0; pair < plan.pairs; pair++) {
    signal.throwIfAborted();
    const plain = async () => without.push(await load.run(plan.seconds));
    const watched = async () => beside.push(await withAgent(load, plan.seconds));
    for (const side of pair % 2 === 0 ? [plain, watched] : [watched, plain]) await side();
    progress(`${load.name}: ${without.at(-1)?.throughput} without, ${beside.at(-1)?.throughput} with`);
  }
  const costs = await programCosts(load, plan.seconds);
  return [
    totalRow(load, without, beside, costs),
    ...costs.programs.map((cost) => programRow(load, cost, costs)),
  ];
}

async function withAgent(load: Load, seconds: number): Promise<Side> {
  await using agent = await startAgent();
  await sleep(settleMs);
  const before = await timed(() => processUse(agent.pid));
  const result = await load.run(seconds);
  const after = await timed(() => processUse(agent.pid));
  const coreShare = (after.value.cpuSeconds - before.value.cpuSeconds) / ((after.atMs - before.atMs) / 1000);
  return { ...result, coreShare, residentBytes: after.value.residentBytes };
}

async function timed(read: () => Promise<ProcessUse>): Promise<{ atMs: number; value: ProcessUse }> {
  return { value: await read(), atMs: performance.now() };
}

interface ProgramCosts {
  readonly programs: readonly ProgramCost[];
  readonly elapsedMs: number;
  /** With the kernel's own counting on. */
  readonly throughput: number;
}

/** A run of its own, because counting costs too. */
async function programCosts(load: Load, seconds: number): Promise<ProgramCosts> {
  await using agent = await startAgent();
  await sleep(settleMs);
  await using _stats = await enableBpfStats();
  const before = await programsOf(agent.pid);
  const startedAt = performance.now();
  const { throughput } = await load.run(seconds);
  const elapsedMs = performance.now() - startedAt;
  return { programs: costsBetween(before, await programsOf(agent.pid)), elapsedMs, throughput };
}

function totalRow(
  load: Load,
  without: readonly LoadResult[],
  beside: readonly Side[],
  { programs, elapsedMs }: ProgramCosts,
): BenchmarkRow {
  const runNs = programs.reduce((sum, program) => sum + program.runNs, 0);
  return {
    name: `${load.name}, ${load.unit}`,
    figures: {
      without: mean(without.map(({ throughput }) => throughput)),
      with: mean(beside.map(({ throughput }) => throughput)),
      'difference, %': differenceOf('throughput', without, beside),
      'µs of CPU a unit': mean(without.map(({ cpuSecondsPerUnit }) => cpuSecondsPerUnit * 1e6)),
      'its difference, %': differenceOf('cpuSecondsPerUnit', without, beside),
      'user space, % of a core': mean(beside.map(({ coreShare }) => coreShare * 100)),
      'RSS, MB': Math.round(
        quantile(
          beside.map(({ residentBytes }) => residentBytes / 1e6),
          0.5,
        ),
      ),
      'eBPF, % of a core': percentOf(runNs, elapsedMs),
    },
  };
}

/** Of the pairs: mean ± half width of its 95 % confidence interval. */
function differenceOf(
  figure: keyof LoadResult,
  without: readonly LoadResult[],
  beside: readonly LoadResult[],
): string {
  const differences = beside.map((side, pair) => (side[figure] / (without[pair]?.[figure] ?? NaN) - 1) * 100);
  return `${mean(differences).toFixed(1)} ± ${confidence95(differences).toFixed(1)}`;
}

function programRow(load: Load, cost: ProgramCost, { elapsedMs, throughput }: ProgramCosts): BenchmarkRow {
  const perSecond = cost.runs / (elapsedMs / 1000);
  return {
    name: `${cost.name} (${cost.type})`,
    figures: {
      'eBPF, % of a core': percentOf(cost.runNs, elapsedMs),
      'ns a run': Math.round(cost.nsPerRun),
      'runs/s': Math.round(perSecond),
      [`runs a ${load.unit.split('/')[0]?.replace(/s$/, '')}`]: perSecond / throughput,
    },
  };
}

function percentOf(ns: number, elapsedMs: number): number {
  return (ns / 1e6 / elapsedMs) * 100;
}
