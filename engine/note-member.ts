import type { Facts } from '../rules/compiled-rule.ts';
import type { Evidence, ObservationRow, Protocol } from '../stream/events/observation.ts';
import { portName } from '../stream/events/service-text.ts';
import { addFresh, isLearning } from './baselines/seen.ts';
import { entryIdOf, type JudgeMemory } from './judge-memory.ts';
import type { KeyState } from './key-state.ts';
import type { RulePlan } from './rule-plan.ts';

/** Longest name of a member; what is longer is told apart by its beginning only. */
const maxNameLength = 300;

/** For a rule with a `seen` baseline: whether the row's member is new. Teaches it, whatever the rule makes of it. */
export function noteMember(
  memory: JudgeMemory,
  plan: RulePlan,
  key: KeyState,
  facts: Facts,
  endMs: number,
): boolean {
  const spec = plan.rule.baseline;
  const state = key.baseline;
  if (spec?.method !== 'seen' || state?.method !== 'seen') return false;
  // Windows end at the alert's last look, if that was ahead of this row's clock.
  const atMs = Math.max(endMs, key.alert?.lookedMs ?? 0);
  const name = memberName(spec.of, facts);
  const id = entryIdOf(key);
  const { isNew, evicted } = memory.members.note(id, name, atMs, spec);
  if (evicted > 0) memory.countEvictedMembers(evicted);
  state.size = memory.members.size(id);
  if (!isNew || isLearning(spec, state, atMs)) return false;
  addFresh(state, name, atMs, plan.retentionMs);
  return true;
}

/** `api.example.com:443`, `ntp.example.com:123/udp`; other facts than a port stand apart. */
function memberName(of: readonly string[], facts: Facts): string {
  const parts = of.map((name, index) => {
    const value = facts(name) ?? '?';
    if (index === 0) return String(value);
    return name === 'service_port' ? `:${portOf(facts)}` : ` ${String(value)}`;
  });
  return parts.join('').slice(0, maxNameLength);
}

function portOf(facts: Facts): string {
  return portName(Number(facts('service_port')), facts('protocol') as Protocol | undefined);
}

/** With a `seen` baseline the destinations of an alert are its new ones, no others. */
export function evidenceOfMember(row: ObservationRow, isNew: boolean): Evidence | undefined {
  const { destinations: _others, ...evidence } = row.evidence ?? { sockets: [] };
  if (!isNew) return row.evidence && evidence;
  const { peer, service_port, protocol } = row;
  const destination = { name: peer.name, ip: peer.ip, service_port, ...(protocol && { protocol }) };
  return { ...evidence, destinations: [destination] };
}
