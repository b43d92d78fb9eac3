import type { NamedRow } from './name-rows.ts';

/** A signal that follows from the named rows of others, at the end of each window. */
export interface Derivation {
  readonly signal: string;
  /** Signals that it is made from: attached where the first of them is. */
  readonly from: readonly [string, ...string[]];
  readonly derive: (rows: readonly NamedRow[]) => readonly NamedRow[];
}
