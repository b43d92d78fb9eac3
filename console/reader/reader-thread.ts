import { parentPort, workerData } from 'node:worker_threads';
import { openDatabaseReadOnly } from '../../stream/embedded/database.ts';
import { runQuery } from './direct-reader.ts';
import type { ReaderReply, ReaderRequest } from './reader-protocol.ts';

/**
 * The reading thread: what a page asks may take a second over a month of data, and the judge, which lives in the main
 * thread, must not wait for it. It opens the file anew, for reading only.
 */
const { path } = workerData as { readonly path: string };
const database = openDatabaseReadOnly(path);

parentPort?.on('message', ({ id, name, question }: ReaderRequest) => {
  parentPort?.postMessage(answer(id, name, question));
});

function answer(id: number, name: ReaderRequest['name'], question: unknown): ReaderReply {
  try {
    return { id, ok: true, answer: runQuery(database, name, question as never) };
  } catch (error) {
    return { id, ok: false, message: error instanceof Error ? error.message : String(error) };
  }
}
