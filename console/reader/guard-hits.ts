import type { DatabaseSync } from 'node:sqlite';
import { transitionSchema } from '../../stream/events/transition.ts';

export interface GuardHit {
  readonly name: string;
  readonly held: number;
  readonly notHeld: number;
}

const looked = 200;

/** How often each guard of a rule's baseline held, over the last alerts of the rule as their last transition left them. */
export function guardHits(
  database: DatabaseSync,
  { ruleId }: { readonly ruleId: string },
): readonly GuardHit[] {
  const rows = database
    .prepare(
      "SELECT body FROM alerts WHERE rule_id = ? AND state <> 'cancelled' ORDER BY started_at_ms DESC LIMIT ?",
    )
    .all(ruleId, looked);
  const guards = rows.flatMap(
    (row) => transitionSchema.parse(JSON.parse(String(row['body']))).baseline?.guards ?? [],
  );
  return [...Map.groupBy(guards, ({ name }) => name)].map(([name, all]) => {
    const held = all.filter((guard) => guard.held).length;
    return { name, held, notHeld: all.length - held };
  });
}
