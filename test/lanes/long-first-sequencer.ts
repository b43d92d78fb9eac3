import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** A minute and more each: a lane that begins one of these last ends with one busy processor. */
const long = [
  'test/acceptance/',
  'test/kill/',
  '.browser.test.ts',
  'demo/recorded/',
  'docs/guide/',
  'test/http/',
];

/** As vitest orders files, which knows their times only from an earlier run, but the long ones first. */
export class LongFirstSequencer extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return longFirst(await super.sort(files), ({ moduleId }) => moduleId);
  }
}

/** In the order of the list of long ones; the rest stay in theirs. */
export function longFirst<File>(files: readonly File[], pathOf: (file: File) => string): File[] {
  const rank = (file: File): number => {
    const index = long.findIndex((part) => pathOf(file).includes(part));
    return index === -1 ? long.length : index;
  };
  return files.toSorted((a, b) => rank(a) - rank(b));
}
