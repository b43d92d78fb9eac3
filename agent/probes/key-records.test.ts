import { describe, expect, it } from 'vitest';
import { KeyRecords } from './key-records.ts';

const value = new Uint8Array(8);

describe('records of the keys of a kernel map', () => {
  it('outlive the bytes that they were made of, and are made once', () => {
    const made: Uint8Array[] = [];
    const records = new KeyRecords((key) => {
      made.push(key);
      return { first: key[0] };
    });
    const batch = Uint8Array.of(7, 0);
    const record = records.of(batch);
    batch[0] = 9;
    expect(records.of(Uint8Array.of(7, 0))).toBe(record);
    expect([records.size, made]).toEqual([1, [Uint8Array.of(7, 0)]]);
  });

  it('go with their key, and what was evicted between two readings counts', () => {
    const records = new KeyRecords((key) => key[0]);
    const read = (keysMade: number, ...keys: readonly number[]) => {
      const seen: unknown[] = [];
      const entries = keys.map((key) => [Uint8Array.of(key), value] as const);
      records.read(entries, keysMade, (record) => seen.push(record));
      return seen;
    };
    expect(read(2, 1, 2)).toEqual([1, 2]);
    expect([records.size, records.evicted]).toEqual([2, 0]);
    expect(read(3, 3)).toEqual([3]);
    expect([records.size, records.evicted]).toEqual([1, 2]);
    // A key that was made after the count was read is not one that was evicted before.
    read(3, 3, 4);
    expect([records.size, records.evicted]).toEqual([2, 2]);
  });

  it('that an event asks for stay until a reading does not see their key', () => {
    const records = new KeyRecords((key) => ({ key }));
    const record = records.of(Uint8Array.of(1));
    records.read([[Uint8Array.of(1), value]], 1, (seen) => expect(seen).toBe(record));
    records.read([], 1, () => expect.unreachable());
    expect(records.size).toBe(0);
  });

  it('are not made of bytes that are no key', () => {
    const records = new KeyRecords<string>(() => undefined);
    records.read([[Uint8Array.of(1), value]], 0, () => expect.unreachable());
    expect([records.of(Uint8Array.of(1)), records.size]).toEqual([undefined, 0]);
  });
});
