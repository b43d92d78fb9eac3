import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { eventStatements, type EventWrite } from './event-statements.ts';

/** Writes alerts, transitions, notifications, captures and dead letters; every write may be repeated. */
export class EventWriter {
  readonly #database: DatabaseSync;
  /** By their text, of which there are as many as kinds of statements. */
  readonly #prepared = new Map<string, StatementSync>();

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  write(write: EventWrite): void {
    for (const { sql, values } of eventStatements(write, 'sqlite')) this.#prepare(sql).run(...values);
  }

  #prepare(sql: string): StatementSync {
    const known = this.#prepared.get(sql);
    if (known !== undefined) return known;
    const statement = this.#database.prepare(sql);
    this.#prepared.set(sql, statement);
    return statement;
  }
}
