import type { DatabaseSync } from 'node:sqlite';
import type { Stage } from '../port.ts';

/**
 * A stage whose result is rows in tables of its own, not entries of state. The embedded host lets it write them
 * inside the transaction that commits its offset. Other hosts have no such transaction: there the same rows are
 * written as idempotent upserts before the offset, so they must carry their own identity.
 */
export interface TransactionalStage extends Stage {
  /**
   * Writes all rows since the last `committed`. May be called again with the same rows after a rollback, so only
   * `committed` forgets them.
   */
  commitInto(database: DatabaseSync): void;
}

export function isTransactional(stage: Stage): stage is TransactionalStage {
  return 'commitInto' in stage;
}
