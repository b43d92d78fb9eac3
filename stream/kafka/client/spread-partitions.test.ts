import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { givePartitionsToOne, spreadPartitions } from './spread-partitions.ts';

const members = fc.uniqueArray(
  fc.record({ id: fc.string({ minLength: 1 }), owned: fc.array(fc.nat(40), { maxLength: 40 }) }),
  { minLength: 1, maxLength: 6, selector: ({ id }) => id },
);
const all = (count: number): readonly number[] => Array.from({ length: count }, (_, n) => n);

describe('spreadPartitions', () => {
  it('gives every partition to one member, evenly, whatever members say they own', () => {
    fc.assert(
      fc.property(members, fc.nat(40), (group, count) => {
        const spread = [...spreadPartitions(group, count).values()];
        expect(spread.flat().toSorted((a, b) => a - b)).toEqual(all(count));
        const sizes = spread.map(({ length }) => length);
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
      }),
      { seed: 150 },
    );
  });

  it('moves no more than a newcomer needs', () => {
    const spread = spreadPartitions(
      [
        { id: 'a', owned: [0, 1, 2, 3] },
        { id: 'b', owned: [4, 5, 6, 7] },
        { id: 'c', owned: [] },
      ],
      8,
    );
    expect(spread.get('a')).toEqual([0, 1, 2]);
    expect(spread.get('b')).toEqual([4, 5, 6]);
    expect(spread.get('c')).toEqual([3, 7]);
  });

  it('leaves everything where it is when nobody comes or goes', () => {
    const group = [
      { id: 'a', owned: [1, 3, 5] },
      { id: 'b', owned: [0, 2, 4, 6] },
    ];
    expect(Object.fromEntries(spreadPartitions(group, 7))).toEqual({ a: [1, 3, 5], b: [0, 2, 4, 6] });
  });
});

describe('givePartitionsToOne', () => {
  it('leaves them with the member that has them', () => {
    const group = [
      { id: 'a', owned: [] },
      { id: 'b', owned: [0] },
    ];
    expect(Object.fromEntries(givePartitionsToOne(group, 3))).toEqual({ a: [], b: [0, 1, 2] });
  });
});
