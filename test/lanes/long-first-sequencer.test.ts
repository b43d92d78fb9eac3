import { expect, it } from 'vitest';
import { longFirst } from './long-first-sequencer.ts';

it('puts the long ones first, and leaves the others as they were', () => {
  const files = [
    '/z/b.test.ts',
    '/z/console/console.browser.test.ts',
    '/z/a.test.ts',
    '/z/test/kill/pager.test.ts',
  ];
  expect(longFirst(files, (file) => file)).toEqual([
    '/z/test/kill/pager.test.ts',
    '/z/console/console.browser.test.ts',
    '/z/b.test.ts',
    '/z/a.test.ts',
  ]);
});
