import { createLab } from '../../test/lab/lab.ts';
import { whyNoLab } from '../../test/lab/lab-support.ts';
import type { Benchmark, BenchmarkOptions, BenchmarkResult, BenchmarkRow } from '../benchmark.ts';
import { machineConditions } from '../machine.ts';
import { bulkLoad, connectionLoad } from './load.ts';
import { type IdlePlan, measureIdle } from './measure-idle.ts';
import { type CostPlan, measureLoad } from './measure-load.ts';

const quickPlan: CostPlan & { readonly idle: IdlePlan } = {
  pairs: 2,
  seconds: 4,
  idle: { warmSeconds: 5, seconds: 10 },
};
const fullPlan: typeof quickPlan = { pairs: 8, seconds: 6, idle: { warmSeconds: 15, seconds: 60 } };

export const agentCostBenchmark: Benchmark = {
  name: 'agent-cost',
  description: 'what the agent takes: ns a packet and callback in the kernel, CPU and memory in user space',
  run,
};

async function run({ quick, progress, signal }: BenchmarkOptions): Promise<BenchmarkResult> {
  const why = whyNoLab();
  if (why !== undefined) throw new Error(`agent-cost needs a lab of network namespaces: ${why}`);
  const plan = quick ? quickPlan : fullPlan;
  const machine = machineConditions();
  await using lab = await createLab({ hosts: ['client', 'server'] });
  progress('idle');
  const rows: BenchmarkRow[] = [...(await measureIdle(lab, plan.idle, signal))];
  for (const createLoad of [connectionLoad, bulkLoad])
    rows.push(...(await measureLoad(await createLoad(lab), plan, progress, signal)));
  const conditions = {
    ...machine,
    runs: `${plan.pairs} pairs of ${plan.seconds} s with and without, in turn first`,
    idle: `${plan.idle.seconds} s after ${plan.idle.warmSeconds} s of warming up, all at once, before any load`,
    network: 'two network namespaces joined by a router, veth, client, server and agent on the same cores',
  };
  return { benchmark: 'agent-cost', conditions, rows, notes };
}

const notes: readonly string[] = [
  'Idle: user and system time of the processes (/proc/PID/stat) while the benchmark itself makes no traffic; what else opens connections on the machine is watched by all but the stack, which watches one empty host. The goal for an idle Saccade is what the stack takes.',
  'Both loads run as fast as they can, on the cores that the agent uses too: the difference holds eBPF and user space together. Mean over the pairs ± 95 % confidence interval.',
  'µs of CPU a unit: of client and server together for one connection or Gbit, without the agent; its difference is what eBPF adds on their account, and holds on a busy machine where throughput does not.',
  'Agent: the whole program, `saccade start` with shipped rules, flight recorder, engine and history; its user space apart from what eBPF takes within the kernel. RSS counts the mapped rings of the recorder.',
  'ns a run by the kernel (bpf_stats) in a run of its own: cgroup_skb runs once a packet (a super-packet is one) and end, sock_ops once a callback. Everything on the machine that sends TCP is counted.',
  'Both ends and the router are on this machine, so a connection is paid for twice.',
];
