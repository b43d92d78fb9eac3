import { agentCostBenchmark } from './agent-cost/agent-cost-benchmark.ts';
import type { Benchmark } from './benchmark.ts';
import { firstViewBenchmark } from './console/first-view-benchmark.ts';
import { engineBenchmark } from './engine/engine-benchmark.ts';
import { historyBenchmark } from './history/history-benchmark.ts';
import { kafkaBenchmark } from './kafka/kafka-benchmark.ts';
import { pageLatencyBenchmark } from './page-latency/page-latency-benchmark.ts';
import { scaleBenchmark } from './scale/scale-benchmark.ts';

/** All of them; one line each. */
export const benchmarks: readonly Benchmark[] = [
  engineBenchmark,
  pageLatencyBenchmark,
  agentCostBenchmark,
  historyBenchmark,
  firstViewBenchmark,
  kafkaBenchmark,
  scaleBenchmark,
];
