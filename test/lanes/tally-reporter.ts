import { writeFileSync } from 'node:fs';
import { stripVTControlCharacters } from 'node:util';
import type { Reporter, SerializedError, TestCase, TestModule, TestSuite } from 'vitest/node';
import { addTallies, describeFailures, describeTally, noTally, type Tally } from './tally.ts';

export interface TallyReporterOptions {
  /** Left out: the tally is printed. */
  readonly file: string | undefined;
  readonly print: (line: string) => void;
}

/** Where a run that is a part of a larger one leaves its tally, as JSON. */
export const tallyFileVariable = 'SACCADE_TALLY_FILE';

/**
 * Counts what a run of vitest came to: beside its own summary a line for each failure and one plain line with the
 * counts, or a file for whoever adds up several.
 */
export function createTallyReporter({ file, print }: TallyReporterOptions): Reporter {
  return {
    onTestRunEnd(modules, unhandledErrors) {
      const tally = tallyOf(modules, unhandledErrors);
      if (file === undefined)
        for (const line of [...describeFailures(tally), describeTally(tally)]) print(line);
      else writeFileSync(file, JSON.stringify(tally));
    },
  };
}

/** What failed outside of any test counts as a failure of its own: a file that does not load, a hook, a lost rejection. */
function tallyOf(modules: readonly TestModule[], unhandledErrors: readonly SerializedError[]): Tally {
  const tests = modules.flatMap((module) => [...module.children.allTests()]);
  const holders = modules.flatMap((module): (TestModule | TestSuite)[] => [
    module,
    ...module.children.allSuites(),
  ]);
  return [
    ...tests.map(tallyOfTest),
    ...holders
      .filter((holder) => holder.errors().length > 0)
      .map((holder) => failure(holder, holder.errors())),
    ...unhandledErrors.map((error) => failed(`outside of any test: ${firstLine(error.message)}`)),
  ].reduce(addTallies, noTally);
}

function tallyOfTest(test: TestCase): Tally {
  const { state, errors } = test.result();
  if (state === 'passed') return { ...noTally, passed: 1 };
  if (state === 'skipped') return { ...noTally, skipped: 1 };
  return failure(test, errors ?? []);
}

/** The last attempt of several is the one that counted. */
function failure(
  of: TestCase | TestModule | TestSuite,
  errors: readonly { readonly message: string }[],
): Tally {
  const [file, name] = of.type === 'module' ? [of, ''] : [of.module, ` > ${of.fullName}`];
  const reason = errors.at(-1)?.message ?? 'it did not come to its end';
  return failed(`${file.relativeModuleId}${name}: ${firstLine(reason)}`);
}

const failed = (what: string): Tally => ({ ...noTally, failed: 1, failures: [what] });

const maxCharacters = 200;
const firstLine = (text: string): string =>
  (stripVTControlCharacters(text).split('\n', 1)[0] ?? '').slice(0, maxCharacters);
