import type { CompiledRule } from '../rules/compiled-rule.ts';
import { isSubjectFact, subjectFacts } from '../rules/facts.ts';
import type { Subject } from '../stream/events/observation.ts';
import type { JudgeContext } from './judge-context.ts';
import { createKey } from './judge-key.ts';

/** How exactly it is known when a workload was met last: keys that nothing is heard of are forgotten after an hour at least. */
const metEveryMs = 600_000;

/** A rule that learns what its workloads do, where who they are says which key is theirs. */
export function meetsSubjects({
  baseline,
  by,
  where,
}: Pick<CompiledRule, 'baseline' | 'by' | 'where'>): boolean {
  return baseline?.method === 'seen' && [...by, ...(where?.facts ?? [])].every(isSubjectFact);
}

/**
 * Begins to learn a workload when it is met at all, whatever it does: one that has run for days and never went outside is
 * no beginner when it does. Only a workload that is new itself is believed whatever it begins with.
 */
export function meetSubject({ memory, plans }: JudgeContext, subject: Subject, atMs: number): void {
  if (plans.meeting.length === 0) return;
  const facts = subjectFacts(subject);
  for (const plan of plans.meeting) {
    const { id, where, maxKeys } = plan.rule;
    const by = plan.rule.by.map((name) => String(facts(name) ?? ''));
    const known = memory.find(id, subject.cluster, by);
    if (known !== undefined && atMs - known.newestMs < metEveryMs) continue;
    if (where && where.evaluate(facts) !== true) continue;
    // What has no place is judged with the others once it does something.
    if (known === undefined && memory.keysOf(id).size >= maxKeys) continue;
    const key = known ?? createKey(plan, subject.cluster, by, atMs);
    if (known === undefined) memory.add(key);
    key.newestMs = Math.max(key.newestMs, atMs);
    memory.touch(key);
  }
}
