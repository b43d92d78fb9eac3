import { describe, expect, it } from 'vitest';
import { latencyRow } from './latency-rows.ts';
import type { Trial } from './trial.ts';

const use = { quiet: { cpuSecondsPerMinute: 1, residentBytes: 5e7 }, whole: undefined };

function trial(kind: Trial['kind'], peer: string, retransmits: number, seconds: number | undefined): Trial {
  const named = new Map([['saccade', seconds]]);
  return {
    kind,
    profile: 'p',
    peer,
    dropped: retransmits,
    retransmits: { resent: retransmits + 2, duplicates: 2 },
    retransmitsBefore: { resent: 0, duplicates: 0 },
    seconds: named,
    falseAlarms: [],
  };
}

describe('latencyRow', () => {
  const trials = [
    trial('sustained', 'a', 9, 0.4),
    trial('sustained', 'b', 9, 0.8),
    trial('sustained', 'c', 9, undefined),
    trial('burst', 'd', 3, undefined),
    trial('burst', 'e', 4, 0.5),
    trial('burst', 'f', 5, undefined),
    { ...trial('second', 'a', 5, 0.3), falseAlarms: ['saccade'] },
  ];

  it('counts a fault nobody told of as untold, not as slow', () => {
    const { figures } = latencyRow('saccade', 'p', trials, use, new Set(['d', 'f']));
    expect(figures).toMatchObject({ 'told 5 %': '2/3', 'bursts told': '1/3', 'second spikes told': '1/1' });
    expect(figures['median, s']).toBeCloseTo(0.6);
    expect(figures).toMatchObject({ 'of ≥ 4 retransmits': '1/2', 'and captured': '1/2' });
    expect(figures).toMatchObject({ 'alarms without fault': 1, 'CPU s/min quiet': 1, whole: null });
  });

  it('says nothing of who took no part', () => {
    const { figures } = latencyRow('other', 'p', trials, use, undefined);
    expect(figures).toMatchObject({ 'told 5 %': '0/0', 'median, s': null, 'and captured': null });
  });
});
