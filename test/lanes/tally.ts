/** What a run came to. */
export interface Tally {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** A line for each failure, with its place and what was wrong; the first of them. */
  readonly failures: readonly string[];
}

/** Who reads the end of a long run wants to know where to look, not everything. */
const maxFailures = 20;

export const noTally: Tally = { passed: 0, failed: 0, skipped: 0, failures: [] };

export function addTallies(a: Tally, b: Tally): Tally {
  return {
    passed: a.passed + b.passed,
    failed: a.failed + b.failed,
    skipped: a.skipped + b.skipped,
    failures: [...a.failures, ...b.failures].slice(0, maxFailures),
  };
}

/** `12 passed, 0 failed`, and what was skipped if anything was: for people and for programs that read the last line. */
export function describeTally({ passed, failed, skipped }: Tally): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}

/** What failed, a line each, and how many more there were: of a run that nobody watched often only its end is kept. */
export function describeFailures({ failed, failures }: Tally): readonly string[] {
  const untold = failed - failures.length;
  return [
    ...failures.map((failure) => `failed: ${failure}`),
    ...(failures.length > 0 && untold > 0 ? [`failed: and ${untold} more`] : []),
  ];
}
