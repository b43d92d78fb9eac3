import { writeFileSync } from 'node:fs';
import type { Reporter, TestModule, TestSuite } from 'vitest/node';
import { describeTally, type Tally } from './tally.ts';

export interface TallyReporterOptions {
  /** Left out: the tally is printed. */
  readonly file: string | undefined;
  readonly print: (line: string) => void;
}

/** Where a run that is a part of a larger one leaves its tally, as JSON. */
export const tallyFileVariable = 'SACCADE_TALLY_FILE';

/** Counts what a run of vitest came to: beside its own summary one plain line, or a file for whoever adds up several. */
export function createTallyReporter({ file, print }: TallyReporterOptions): Reporter {
  return {
    onTestRunEnd(modules, unhandledErrors) {
      const tally = tallyOf(modules, unhandledErrors.length);
      if (file === undefined) print(describeTally(tally));
      else writeFileSync(file, JSON.stringify(tally));
    },
  };
}

/** What failed outside of any test counts as a failure of its own: a file that does not load, a hook, a lost rejection. */
function tallyOf(modules: readonly TestModule[], unhandledErrors: number): Tally {
  const tests = modules.flatMap((module) => [...module.children.allTests()]);
  const holders = modules.flatMap((module): (TestModule | TestSuite)[] => [
    module,
    ...module.children.allSuites(),
  ]);
  const count = (state: string) => tests.filter((test) => test.result().state === state).length;
  const besides = holders.filter((holder) => holder.errors().length > 0).length;
  return {
    passed: count('passed'),
    failed: count('failed') + count('pending') + besides + unhandledErrors,
    skipped: count('skipped'),
  };
}
