import { describe, expect, it } from 'vitest';
import type { Transition } from './transition.ts';
import { whyItFired } from './why-it-fired.ts';

type Guard = NonNullable<Transition['baseline']>['guards'][number];

function decided(score: number | null, held: readonly boolean[], reason = 'notice at once') {
  const guards = held.map((one, index): Guard => ({
    name: `g${index}`,
    held: one,
    value: null,
    limit: null,
    text: `check ${index}`,
  }));
  const baseline: Transition['baseline'] = {
    method: 'rate',
    expected: null,
    lower: null,
    upper: null,
    score,
    samples: 0,
    age_ms: 0,
    learned: true,
    why: '8 of 20.',
    guards,
  };
  return whyItFired({ baseline, reason });
}

describe('why it fired', () => {
  it('is what the baseline says where that decided', () => {
    expect(decided(1.5, [true, true])).toEqual({
      because: ['8 of 20.'],
      checked: [
        { held: true, name: 'g0', text: 'check 0' },
        { held: true, name: 'g1', text: 'check 1' },
      ],
    });
  });

  it('names the fixed bound where a check did not hold and it is abnormal all the same', () => {
    expect(decided(1.5, [false, true]).because).toEqual([
      '8 of 20.',
      'Beyond a bound that holds whatever is normal here.',
    ]);
  });

  it.each([
    [0.4, 'notice at once', 'A condition of the rule decided, whatever is normal here.'],
    [
      null,
      'page at once (measure >= 25%), escalated from notice',
      'A condition of the rule decided, whatever is normal here: measure >= 25%.',
    ],
  ])(
    'is a condition of the rule where the baseline (score %s) would not have told',
    (score, reason, text) => {
      expect(decided(score, [false], reason).because).toEqual([text, '8 of 20.']);
    },
  );

  it('is the reason alone without a baseline', () => {
    expect(whyItFired({ baseline: null, reason: 'measure > 5' })).toEqual({
      because: ['measure > 5'],
      checked: [],
    });
  });
});
