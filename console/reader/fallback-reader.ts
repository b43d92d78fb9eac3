import { ConsoleError } from '../console-error.ts';
import type { ConsoleReader } from './console-reader.ts';

export interface FallbackReaderOptions {
  readonly first: ConsoleReader;
  readonly second: ConsoleReader;
  readonly nowMs: () => number;
  readonly onFallback: (error: Error) => void;
}

/** So long the first is not asked again after it failed: pages must not wait for it each time. */
const restMs = 15_000;

/** Asks the first, and while it is away the second: a page that tells of alerts must not depend on a database. */
export function createFallbackReader({
  first,
  second,
  nowMs,
  onFallback,
}: FallbackReaderOptions): ConsoleReader {
  let restUntilMs = 0;
  return {
    async ask(name, question, visible) {
      if (nowMs() >= restUntilMs)
        try {
          return await first.ask(name, question, visible);
        } catch (error) {
          if (!(error instanceof ConsoleError)) throw error;
          restUntilMs = nowMs() + restMs;
          onFallback(error);
        }
      return second.ask(name, question, visible);
    },
    async close() {
      await Promise.all([first.close(), second.close()]);
    },
  };
}
