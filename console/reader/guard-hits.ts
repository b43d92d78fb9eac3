import type { DatabaseSync } from 'node:sqlite';
import { transitionSchema } from '../../stream/events/transition.ts';

export interface GuardHit {
  readonly name: string;
  readonly held: number;
  readonly notHeld: number;
}

/** Alerts of a rule that are looked at. */
export const guardedAlerts = 200;

/** How often each guard of a rule's baseline held, over the last alerts of the rule as their last transition left them. */
export function guardHits(
  database: DatabaseSync,
  { ruleId }: { readonly ruleId: string },
): readonly GuardHit[] {
  const rows = database
    .prepare(
      "SELECT body FROM alerts WHERE rule_id = ? AND state <> 'cancelled' ORDER BY started_at_ms DESC LIMIT ?",
    )
    .all(ruleId, guardedAlerts);
  return countGuards(rows.map((row) => String(row['body'])));
}

/** `bodies`: JSON of transitions. */
export function countGuards(bodies: readonly string[]): readonly GuardHit[] {
  const guards = bodies.flatMap((body) => transitionSchema.parse(JSON.parse(body)).baseline?.guards ?? []);
  return [...Map.groupBy(guards, ({ name }) => name)].map(([name, all]) => {
    const held = all.filter((guard) => guard.held).length;
    return { name, held, notHeld: all.length - held };
  });
}
