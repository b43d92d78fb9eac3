import pg from 'pg';
import type { SqlStatement } from '../sql-statement.ts';

/** What carries out statements: a connection, or a pool of them. */
export type Queryable = Pick<pg.ClientBase | pg.Pool, 'query'>;
export type Row = Readonly<Record<string, unknown>>;

const { builtins } = pg.types;
/**
 * Values come as SQLite gives them, so that one schema reads the rows of both: whole numbers as numbers (times and
 * counts fit), JSON as its text, truth as 0 and 1.
 */
const parsers: Readonly<Record<number, (text: string) => unknown>> = {
  [builtins.INT8]: Number,
  [builtins.NUMERIC]: Number,
  [builtins.JSONB]: String,
  [builtins.BOOL]: (text) => (text === 't' ? 1 : 0),
};
export const rowTypes: pg.CustomTypesConfig = {
  getTypeParser: (id, format) =>
    parsers[id] ?? (pg.types.getTypeParser(id, format) as (text: string) => unknown),
};

/** Of every connection: none waits for ever. */
export const connectionLimits = {
  connectionTimeoutMillis: 5_000,
  statement_timeout: 30_000,
  keepAlive: true,
  types: rowTypes,
} as const;

/** Rows of a statement whose values stand in it as `?`. */
export async function rowsOf(database: Queryable, { sql, values }: SqlStatement): Promise<readonly Row[]> {
  const { rows } = await database.query<Row>(numbered(sql), [...values]);
  return rows;
}

/** `?` → `$1`, `$2`, … None of our statements has one in a text or an operator. */
function numbered(sql: string): string {
  let count = 0;
  return sql.replaceAll('?', () => `$${(count += 1)}`);
}
