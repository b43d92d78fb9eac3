import { describe, expect, it } from 'vitest';
import type { Transition } from '../stream/events/transition.ts';
import { summaryOf } from './summary-of.ts';
import { transition } from './testing/sample-events.ts';

const told = (state: Transition['state'], summary: string): Transition =>
  transition({ state, annotations: { summary } }).data as Transition;

describe('the summary of an episode', () => {
  it.each([
    [[told('pending', 'a'), told('firing', '8 % resent'), told('resolved', '0 % resent')], '8 % resent'],
    [[told('firing', '8 %'), told('firing', '12 %'), told('expired', '0 %')], '12 %'],
    [[told('pending', '3 %')], '3 %'],
    [[told('pending', '3 %'), told('cancelled', '0 %')], '0 %'],
    [[], undefined],
  ])('%#', (transitions, summary) => {
    expect(summaryOf(transitions)).toBe(summary);
  });
});
