/** One row of a result: a thing measured beside its peer or limit. */
export interface BenchmarkRow {
  readonly name: string;
  /** Column → figure or text. Units stand in the column's name. */
  readonly figures: Readonly<Record<string, number | string | null>>;
}

export interface BenchmarkResult {
  readonly benchmark: string;
  /** What a reader must know to compare: kernel, CPUs, load, sizes, repetitions, seeds. */
  readonly conditions: Readonly<Record<string, string | number>>;
  readonly rows: readonly BenchmarkRow[];
  /** Sentences that say what the rows mean, and the goal where there is one. */
  readonly notes: readonly string[];
}

export interface BenchmarkOptions {
  /** Fewer repetitions, for a first look; figures say so in their conditions. */
  readonly quick: boolean;
  /** Progress for a person; never a result. */
  readonly progress: (line: string) => void;
  readonly signal: AbortSignal;
}

export interface Benchmark {
  readonly name: string;
  readonly description: string;
  /** Rejects with a message for a person where this machine cannot run it. */
  run(options: BenchmarkOptions): Promise<BenchmarkResult>;
}
