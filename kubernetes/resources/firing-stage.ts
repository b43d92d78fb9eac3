import { type Transition, transitionType } from '../../stream/events/transition.ts';
import type { Stage } from '../../stream/port.ts';

export interface FiringStage extends Stage {
  /** Alerts that fire now, by the id of their rule. */
  firing(): ReadonlyMap<string, number>;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Counts what fires, for the status of the rules. State: the rule of each alert that fires. */
export function createFiringStage(): FiringStage {
  const rules = new Map<string, string>();
  const changed = new Set<string>();
  return {
    name: 'firing',
    inputs: ['alerts'],
    restore(entries) {
      for (const [fingerprint, rule] of entries) rules.set(fingerprint, decoder.decode(rule));
    },
    process({ event }) {
      if (event.type !== transitionType) return [];
      const { fingerprint, rule_id, state } = event.data as Transition;
      if (state === 'firing') rules.set(fingerprint, rule_id);
      else if (!rules.delete(fingerprint)) return [];
      changed.add(fingerprint);
      return [];
    },
    *drainState() {
      for (const key of changed) {
        const rule = rules.get(key);
        yield { key, value: rule === undefined ? null : encoder.encode(rule) };
      }
      changed.clear();
    },
    mayWait: () => true,
    tickWithinMs: () => Infinity,
    firing: () =>
      new Map([...Map.groupBy(rules.values(), (rule) => rule)].map(([rule, all]) => [rule, all.length])),
  };
}
