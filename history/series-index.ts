import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { SeriesIdentity } from './history-write.ts';

/**
 * Numbers of the observed series, looked up once and then remembered. What was given a number in a transaction is
 * remembered only after its commit: a rollback takes the row back.
 */
export class SeriesIndex {
  readonly #maxSeries: number;
  readonly #find: StatementSync;
  readonly #insert: StatementSync;
  readonly #count: StatementSync;
  readonly #known = new Map<string, number>();
  readonly #fresh = new Map<string, number>();

  constructor(database: DatabaseSync, maxSeries: number) {
    this.#maxSeries = maxSeries;
    this.#find = database.prepare('SELECT id FROM observation_series WHERE identity = ?');
    this.#insert = database.prepare(
      'INSERT INTO observation_series (identity, signal, namespace, workload, body) VALUES (?, ?, ?, ?, ?)',
    );
    this.#count = database.prepare('SELECT COUNT(*) AS n FROM observation_series');
  }

  /** `undefined`: there are as many series as may be, and this would be one more. */
  idOf(series: SeriesIdentity): number | undefined {
    const identity = Object.values(series).join('\u0000');
    const known = this.#known.get(identity) ?? this.#fresh.get(identity);
    if (known !== undefined) return known;
    const id = this.#stored(identity) ?? this.#create(identity, series);
    if (id !== undefined) this.#fresh.set(identity, id);
    return id;
  }

  /** At the beginning of a transaction: nothing of one that was rolled back remains. */
  begin(): void {
    this.#fresh.clear();
  }

  committed(): void {
    if (this.#known.size + this.#fresh.size > this.#maxSeries) this.#known.clear();
    for (const [identity, id] of this.#fresh) this.#known.set(identity, id);
    this.#fresh.clear();
  }

  /** After rows of it were deleted. */
  forget(): void {
    this.#known.clear();
  }

  #stored(identity: string): number | undefined {
    const row = this.#find.get(identity);
    return row === undefined ? undefined : Number(row['id']);
  }

  #create(identity: string, series: SeriesIdentity): number | undefined {
    if (Number(this.#count.get()?.['n'] ?? 0) >= this.#maxSeries) return undefined;
    const { signal, namespace, workload } = series;
    return Number(
      this.#insert.run(identity, signal, namespace, workload, JSON.stringify(series)).lastInsertRowid,
    );
  }
}
