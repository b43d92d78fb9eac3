import { describe, expect, it } from 'vitest';
import { BriefMemo } from './brief-memo.ts';

function memoOf(found: readonly (number | undefined)[]) {
  const clock = { ms: 1_000 };
  const left = [...found];
  const memo = new BriefMemo<string, number>(() => clock.ms);
  return { clock, get: (key: string) => memo.get(key, () => left.shift()) };
}

describe('what was found out a moment ago', () => {
  it('is not found out again, for each key by itself', () => {
    const { get } = memoOf([1, 2, 3]);
    expect([get('a'), get('a'), get('b'), get('a')]).toEqual([1, 1, 2, 1]);
  });

  it('is when the moment is over, or the clock was set back', () => {
    const { get, clock } = memoOf([1, 2, 3]);
    const seen = [get('a')];
    clock.ms += 20;
    seen.push(get('a'));
    clock.ms -= 500;
    seen.push(get('a'));
    expect(seen).toEqual([1, 2, 3]);
  });

  it('is, where nothing was found', () => {
    const { get } = memoOf([undefined, 4]);
    expect([get('a'), get('a')]).toEqual([undefined, 4]);
  });
});
