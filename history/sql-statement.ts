import type { FilterValue } from './filter.ts';

/** SQL of ours; values stand in it as `?`, in their order. */
export interface SqlStatement {
  readonly sql: string;
  readonly values: readonly (FilterValue | null)[];
}

/** Where SQLite and PostgreSQL say it differently. */
export interface Dialects {
  readonly sqlite: string;
  readonly postgres: string;
}
export type Dialect = keyof Dialects;
