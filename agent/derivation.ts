import type { NamedRow } from './name-rows.ts';

/** A signal that follows from the named rows of others, at the end of each window. */
export interface Derivation {
  readonly signal: string;
  /** Signals that it is made from: attached where one of them is. What the others' probes lack becomes its note. */
  readonly from: readonly [string, ...string[]];
  /** Of them, those that only it takes: never told by themselves. */
  readonly raw?: readonly string[];
  readonly derive: (rows: readonly NamedRow[]) => readonly NamedRow[];
}
