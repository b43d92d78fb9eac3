import type { ConsoleQueries } from './queries.ts';

export type QueryName = keyof ConsoleQueries;
export type Question<N extends QueryName> = Parameters<ConsoleQueries[N]>[1];
export type Answer<N extends QueryName> = ReturnType<ConsoleQueries[N]>;

/** Asks the history. Rejects with an error for a person when it takes too long. */
export interface ConsoleReader {
  /** With `visible` as if there were these namespaces only; without, of all there is. */
  ask<N extends QueryName>(name: N, question: Question<N>, visible?: readonly string[]): Promise<Answer<N>>;
  close(): Promise<void>;
}
