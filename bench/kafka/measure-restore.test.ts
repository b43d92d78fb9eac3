import { describe, expect, it } from 'vitest';
import { affordableKeys, renamed } from './measure-restore.ts';

describe('renamed', () => {
  it('is another key of the same rule and the same parts', () => {
    const key = ['s/key/tcp-retransmit-spike', 'c1', 'shop', 'deployment/checkout'].join('\u001f');
    expect(renamed(key, 7).split('\u001f')).toEqual([
      's/key/tcp-retransmit-spike',
      'c1-7',
      'shop',
      'deployment/checkout',
    ]);
  });
});

describe('affordableKeys', () => {
  it('asks for no more than fits', () => {
    expect(affordableKeys(1_000_000, 20e9)).toBe(1_000_000);
    expect(affordableKeys(1_000_000, 6e9)).toBe(500_000);
  });
});
