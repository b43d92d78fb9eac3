import type { Transition } from '../stream/events/transition.ts';

/**
 * What an episode was about, in the rule's words: of the last transition in which it still fired, because the figures of
 * its end ("0 % of segments resent") say that it is over. Without one, of the last.
 */
export function summaryOf(transitions: readonly Transition[]): string | undefined {
  const told = transitions.findLast(({ state }) => state === 'firing') ?? transitions.at(-1);
  return told?.annotations['summary'];
}
