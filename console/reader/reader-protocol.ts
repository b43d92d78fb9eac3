import type { QueryName } from './console-reader.ts';

/** Between the console and its reading thread. */
export interface ReaderRequest {
  readonly id: number;
  readonly name: QueryName;
  readonly question: unknown;
  /** undefined: all. */
  readonly visible: readonly string[] | undefined;
}
export type ReaderReply =
  | { readonly id: number; readonly ok: true; readonly answer: unknown }
  | { readonly id: number; readonly ok: false; readonly message: string };
