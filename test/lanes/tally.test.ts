import { expect, it } from 'vitest';
import { addTallies, describeFailures, noTally } from './tally.ts';

it('names the first failures of a run, and says how many more there were', () => {
  const one = (what: string) => ({ ...noTally, failed: 1, failures: [what] });
  const few = [one('a.test.ts > b: c'), one('d.test.ts: e')].reduce(addTallies, noTally);
  expect(describeFailures(few)).toEqual(['failed: a.test.ts > b: c', 'failed: d.test.ts: e']);
  const many = Array.from({ length: 23 }, (_, number) => one(`${number}`)).reduce(addTallies, noTally);
  expect(describeFailures(many)).toHaveLength(21);
  expect(describeFailures(many).at(-1)).toBe('failed: and 3 more');
});
