import { type Transition, transitionType } from '../../stream/events/transition.ts';
import type { StreamRecord } from '../../stream/port.ts';

/** Transitions of a recording, as they were made when it was. */
export function recordedTransitions(records: readonly StreamRecord[]): readonly Transition[] {
  return records
    .filter(({ topic, event }) => topic === 'alerts' && event.type === transitionType)
    .map(({ event }) => event.data as Transition);
}

/**
 * One line a difference; none: the same transitions in the same order, at the same event times. Wording may differ: it
 * is that of the program which plays.
 */
export function transitionDifferences(
  then: readonly Transition[],
  now: readonly Transition[],
): readonly string[] {
  const length = Math.max(then.length, now.length);
  return Array.from({ length }, (_, n) => [then[n], now[n]] as const)
    .filter(([before, after]) => describeTransition(before) !== describeTransition(after))
    .map(([before, after]) => `then ${describeTransition(before)}, now ${describeTransition(after)}`);
}

function describeTransition(transition: Transition | undefined): string {
  if (transition === undefined) return 'nothing';
  const { fingerprint, episode, seq, state, level, at_ms: atMs } = transition;
  return `${fingerprint}/${episode}/${seq} ${state} ${level ?? ''} at ${new Date(atMs).toISOString()}`;
}
