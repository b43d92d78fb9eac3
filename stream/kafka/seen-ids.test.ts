import { describe, expect, it } from 'vitest';
import type { StateChange } from '../port.ts';
import { SeenIds } from './seen-ids.ts';

const segments = 4;
const capacity = segments * 256;

function store(changes: Iterable<StateChange>, into: Map<string, Uint8Array>): void {
  for (const { key, value } of changes) if (value !== null) into.set(key, value);
}

function restored(entries: ReadonlyMap<string, Uint8Array>): SeenIds {
  const seen = new SeenIds(segments);
  for (const [key, value] of entries) seen.restore(Number(key.slice(2)), value);
  return seen;
}

describe('SeenIds', () => {
  it('knows a repeat of (source, id), and tells sources apart', () => {
    const seen = new SeenIds(segments);
    expect(seen.add('a', '1')).toBe(true);
    expect(seen.add('a', '1')).toBe(false);
    expect(seen.add('b', '1')).toBe(true);
  });

  it('is the same after it was stored and restored at any point', () => {
    const entries = new Map<string, Uint8Array>();
    let seen = new SeenIds(segments);
    for (let n = 0; n < 3 * capacity; n += 1) {
      expect(seen.add('s', String(n))).toBe(true);
      if (n % 97 !== 0) continue;
      store(seen.drain('d/'), entries);
      seen = restored(entries);
      expect(seen.add('s', String(n))).toBe(false);
      expect(seen.add('s', String(Math.max(0, n - capacity / 2)))).toBe(false);
    }
  });

  it('forgets the oldest beyond its bound', () => {
    const seen = new SeenIds(segments);
    for (let n = 0; n <= capacity; n += 1) seen.add('s', String(n));
    expect(seen.add('s', '0')).toBe(true);
    expect(seen.add('s', String(capacity))).toBe(false);
  });
});
