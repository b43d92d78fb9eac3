import type { Benchmark } from './benchmark.ts';

/** All of them; one line each. */
export const benchmarks: readonly Benchmark[] = [];
