import type { ObservationRow } from '../stream/events/observation.ts';
import type { RulePlan } from './rule-plan.ts';
import type { Bucket } from './windows.ts';

type EventPlan = Pick<RulePlan, 'eventFields' | 'layout' | 'numerator' | 'less'>;

/**
 * Whether a row can make the rule true. Events that the row itself takes back (segments sent again for nothing) raise no
 * score, and a look at them would be one more chance of a false alarm: each makes the next look stricter.
 */
export function isEventfulRow(plan: EventPlan, { fields }: Pick<ObservationRow, 'fields'>): boolean {
  return hasEvents(plan, (field) => fields[field] ?? 0);
}

/** The same of what was gathered. */
export function isEventfulBucket(plan: EventPlan, { values }: Pick<Bucket, 'values'>): boolean {
  return hasEvents(plan, (field) => values[plan.layout.indexOf.get(field) ?? -1] || 0);
}

function hasEvents(
  { eventFields, layout, numerator, less }: EventPlan,
  valueOf: (field: string) => number,
): boolean {
  if (!eventFields) return true;
  const takenBack = layout.names[less];
  const counted = layout.names[numerator];
  return eventFields.some(
    (field) => valueOf(field) > (field === counted && takenBack !== undefined ? valueOf(takenBack) : 0),
  );
}
