import type { Benchmark } from './benchmark.ts';
import { engineBenchmark } from './engine/engine-benchmark.ts';

/** All of them; one line each. */
export const benchmarks: readonly Benchmark[] = [engineBenchmark];
