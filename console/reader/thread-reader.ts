import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { ConsoleError } from '../console-error.ts';
import type { Answer, ConsoleReader, Question, QueryName } from './console-reader.ts';
import type { ReaderReply, ReaderRequest } from './reader-protocol.ts';

export interface ThreadReaderOptions {
  /** The database file. */
  readonly path: string;
  /** Questions that wait at once; more are refused. */
  readonly maxWaiting?: number;
  readonly timeoutMs?: number;
  /** Without a question for this long the thread ends; the next one starts it again. */
  readonly idleMs?: number;
}

interface Waiting {
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: Error) => void;
  readonly timer: NodeJS.Timeout;
}

/** Asks in a thread of its own, which lives only while somebody looks. */
export function createThreadReader(options: ThreadReaderOptions): ConsoleReader {
  const { path, maxWaiting = 200, timeoutMs = 15_000, idleMs = 120_000 } = options;
  const waiting = new Map<number, Waiting>();
  let worker: Worker | undefined;
  let idle: NodeJS.Timeout | undefined;
  let serial = 0;

  function settle(id: number, act: (waiting: Waiting) => void): void {
    const one = waiting.get(id);
    if (one === undefined) return;
    waiting.delete(id);
    clearTimeout(one.timer);
    act(one);
  }

  /** A query cannot be interrupted, so its thread goes, with all that wait behind it. */
  async function end(reason: ConsoleError): Promise<void> {
    const ended = worker;
    worker = undefined;
    clearTimeout(idle);
    for (const id of [...waiting.keys()]) settle(id, ({ reject }) => reject(reason));
    await ended?.terminate();
  }

  function started(): Worker {
    const thread = new Worker(threadFile, { workerData: { path } });
    thread.on('message', (reply: ReaderReply) =>
      settle(reply.id, ({ resolve, reject }) =>
        reply.ok ? resolve(reply.answer) : reject(new Error(reply.message)),
      ),
    );
    thread.on('error', (error: Error) => {
      if (worker === thread) void end(new ConsoleError(503, `reading the history failed: ${error.message}`));
    });
    thread.unref();
    return thread;
  }

  function ask<N extends QueryName>(
    name: N,
    question: Question<N>,
    visible?: readonly string[],
  ): Promise<Answer<N>> {
    if (waiting.size >= maxWaiting)
      return Promise.reject(new ConsoleError(503, 'too many questions at once; try again'));
    const thread = (worker ??= started());
    clearTimeout(idle);
    idle = setTimeout(() => void end(new ConsoleError(503, 'the reading thread ended')), idleMs).unref();
    const id = (serial += 1);
    return new Promise<Answer<N>>((resolve, reject) => {
      const timer = setTimeout(
        () =>
          void end(new ConsoleError(503, `no answer within ${timeoutMs / 1000} s: ask for a shorter time`)),
        timeoutMs,
      );
      waiting.set(id, { resolve: resolve as (answer: unknown) => void, reject, timer });
      thread.postMessage({ id, name, question, visible } satisfies ReaderRequest);
    });
  }

  return { ask, close: () => end(new ConsoleError(503, 'the console is stopping')) };
}

/** Beside this file, with its extension: `.ts` from source, `.js` in a packed release. */
const threadFile = new URL(`./reader-thread${extname(import.meta.filename)}`, import.meta.url);
