import { describe, expect, it } from 'vitest';
import { toldDescription } from './told-description.ts';

describe('a description', () => {
  it.each([
    ['? of ? segments sent again in 1 s as client of port 443. Programs wait.', 'Programs wait.'],
    ['? of ? segments sent again', undefined],
    [
      '3 of 20 segments sent again. Slow? Look at the link.',
      '3 of 20 segments sent again. Slow? Look at the link.',
    ],
  ])('leaves out what is not known: %j', (description, told) => {
    expect(toldDescription({ description })).toBe(told);
  });

  it('is none where the rule has none', () => {
    expect(toldDescription({})).toBeUndefined();
  });
});
