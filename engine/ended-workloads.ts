import type { Output } from '../stream/port.ts';
import type { Subject } from '../stream/events/observation.ts';
import type { JudgeContext } from './judge-context.ts';
import { expireKey, momentOf } from './judge-key.ts';
import type { KeyState } from './key-state.ts';

/** How long a workload that ended may take to come back, by the hand of whoever runs it. */
const graceMs = 30_000;

type Name = Pick<Subject, 'cluster' | 'namespace' | 'workload'>;

/**
 * Nothing more comes of this workload from where it ran. Noted only while it has an alert, so there are never more notes
 * than alerts.
 */
export function noteEnded(context: JudgeContext, subject: Name, atMs: number): void {
  const { memory } = context;
  if (memory.active().some((key) => isOf(context, key, subject))) memory.setEnded(subject, atMs);
}

/** Once the time to come back is over, alerts about workloads that ended do, too. */
export function expireEnded(context: JudgeContext, nowMs: number): readonly Output[] {
  const due = context.memory.ended().filter(({ atMs }) => nowMs - atMs >= graceMs);
  return due.flatMap(({ name }) => {
    context.memory.setEnded(name, null);
    return context.memory
      .active()
      .flatMap((key) => (isOf(context, key, name) ? expire(context, key, nowMs) : []));
  });
}

function expire({ memory, plans }: JudgeContext, key: KeyState, nowMs: number): readonly Output[] {
  const plan = plans.byId.get(key.ruleId);
  if (!plan) return [];
  const outputs = expireKey(plan, key, momentOf(key, nowMs), 'the workload ended');
  memory.touch(key);
  return outputs;
}

/** A key that is about this workload and nobody else. */
function isOf({ plans }: JudgeContext, key: KeyState, name: Name): boolean {
  const by = plans.byId.get(key.ruleId)?.rule.by ?? [];
  const valueOf = (fact: string): string | undefined => key.by[by.indexOf(fact)];
  const namespace = valueOf('namespace') ?? key.alert?.who.subject.namespace;
  return (
    key.cluster === name.cluster && valueOf('workload') === name.workload && namespace === name.namespace
  );
}
