import type { Peer } from '../stream/events/observation.ts';
import type { JudgeMemory } from './judge-memory.ts';
import type { KeyState } from './key-state.ts';
import type { RulePlan } from './rule-plan.ts';

/**
 * The key that these rows had while their peer was known by its address only, from here on under its name: a name may
 * come late (a DNS answer read after the connection, a survey of local namespaces under way), and what was learned, or
 * the alert that is open, is about the same peer. undefined: there is none.
 */
export function nameKey(
  memory: JudgeMemory,
  { rule }: RulePlan,
  cluster: string,
  by: readonly string[],
  peer: Peer,
): KeyState | undefined {
  // What a set of members remembers is stored under its key's name; it is asked for workloads, not for peers.
  if (peer.name === peer.ip || rule.baseline?.method === 'seen') return undefined;
  const places = rule.by.map((name) => name === 'peer' || name === 'peer.name');
  if (!places.includes(true)) return undefined;
  const unnamed = by.map((value, index) => (places[index] === true ? peer.ip : value));
  const key = memory.find(rule.id, cluster, unnamed);
  if (key) memory.rename(key, by);
  return key;
}
