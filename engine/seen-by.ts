import type { Evidence, ObservationRow, Subject } from '../stream/events/observation.ts';
import type { RulePlan } from './rule-plan.ts';

/**
 * A row's evidence, with its workload where the rule's keys do not name it: one alert of a resolver stands for all its
 * clients, and whoever reads it wants to know which.
 */
export function seenBy(
  plan: RulePlan,
  { workload }: Pick<Subject, 'workload'>,
  { evidence }: Pick<ObservationRow, 'evidence'>,
  eventful: boolean,
): Evidence | undefined {
  if (evidence === undefined || !eventful || plan.rule.by.includes('workload')) return evidence;
  return { ...evidence, workloads: [workload] };
}
