import { describe, expect, it } from 'vitest';
import { isDoubtful } from './tcp-evidence.ts';

describe('isDoubtful', () => {
  it.each([
    ['a tail loss probe', { cause: 3, timeouts: 0 }, true],
    ['a first time-out', { cause: 1, timeouts: 1 }, true],
    ['a second time-out in a row', { cause: 1, timeouts: 2 }, false],
    ['a fast retransmit: other segments were acknowledged', { cause: 2, timeouts: 0 }, false],
    ['a SYN', { cause: 4, timeouts: 1 }, false],
  ])('%s', (_name, event, doubtful) => {
    expect(isDoubtful(event)).toBe(doubtful);
  });
});
