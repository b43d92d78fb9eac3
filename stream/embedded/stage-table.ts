import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { StateChange } from '../port.ts';

/** Statements over offsets and state of the stages, prepared once. */
export class StageTable {
  readonly #offset: StatementSync;
  readonly #setOffset: StatementSync;
  readonly #entries: StatementSync;
  readonly #put: StatementSync;
  readonly #delete: StatementSync;

  constructor(database: DatabaseSync) {
    this.#offset = database.prepare('SELECT offset FROM stage_offsets WHERE stage = ?');
    this.#setOffset = database.prepare(
      `INSERT INTO stage_offsets VALUES (?, ?, ?)
       ON CONFLICT (stage) DO UPDATE SET offset = excluded.offset, updated_at_ms = excluded.updated_at_ms`,
    );
    this.#entries = database.prepare('SELECT key, value FROM stage_state WHERE stage = ? ORDER BY key');
    this.#put = database.prepare(
      `INSERT INTO stage_state VALUES (?, ?, ?) ON CONFLICT (stage, key) DO UPDATE SET value = excluded.value`,
    );
    this.#delete = database.prepare('DELETE FROM stage_state WHERE stage = ? AND key = ?');
  }

  /** The last record that this stage has committed; 0: none yet, so it starts at the oldest. */
  offset(stage: string): number {
    return Number(this.#offset.get(stage)?.['offset'] ?? 0);
  }

  setOffset(stage: string, offset: number, nowMs: number): void {
    this.#setOffset.run(stage, offset, nowMs);
  }

  *entries(stage: string): Generator<readonly [key: string, value: Uint8Array]> {
    for (const row of this.#entries.iterate(stage)) yield [String(row['key']), row['value'] as Uint8Array];
  }

  apply(stage: string, changes: readonly StateChange[]): void {
    for (const { key, value } of changes)
      if (value === null) this.#delete.run(stage, key);
      else this.#put.run(stage, key, value);
  }
}
