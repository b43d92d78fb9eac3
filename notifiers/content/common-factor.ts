import { labelsOf } from '../labels.ts';
import type { Transition } from '../../stream/events/transition.ts';

const names = ['alert', 'cluster', 'node', 'namespace', 'workload', 'peer', 'service_port'] as const;

/**
 * What many alerts share: every label that has the same value in all of them, else the one value that most of them
 * have. Answers "is it one node, one peer, one service?".
 */
export function commonFactor(transitions: readonly Transition[]): string {
  const labels = transitions.map(labelsOf);
  const shared: string[] = [];
  let frequent: { readonly text: string; readonly count: number } = { text: '', count: 0 };
  for (const name of names) {
    const counts = new Map<string, number>();
    for (const one of labels) {
      const value = one.get(name) ?? '';
      if (value !== '') counts.set(value, (counts.get(value) ?? 0) + 1);
    }
    for (const [value, count] of counts) {
      if (count === transitions.length) shared.push(`${name}=${value}`);
      else if (count > frequent.count) frequent = { text: `${name}=${value}`, count };
    }
  }
  const most =
    frequent.count * 2 > transitions.length
      ? `${frequent.text} (${frequent.count} of ${transitions.length})`
      : '';
  return [...shared, most].filter((text) => text !== '').join(', ') || 'nothing in common';
}
