import type { DatabaseSync } from 'node:sqlite';
import { parentPort, workerData } from 'node:worker_threads';
import { openDatabaseReadOnly } from '../../stream/embedded/database.ts';
import { runQuery } from './direct-reader.ts';
import type { ReaderReply, ReaderRequest } from './reader-protocol.ts';
import { openVisibleDatabase, type VisibleDatabase } from './visible-database.ts';

/**
 * The reading thread: what a page asks may take a second over a month of data, and the judge, which lives in the main
 * thread, must not wait for it. It opens the file anew, for reading only.
 */
const { path } = workerData as { readonly path: string };
const database = openDatabaseReadOnly(path);
let narrowed: VisibleDatabase | undefined;

parentPort?.on('message', (request: ReaderRequest) => {
  parentPort?.postMessage(answer(request));
});

function answer({ id, name, question, visible }: ReaderRequest): ReaderReply {
  try {
    return { id, ok: true, answer: runQuery(databaseOf(visible), name, question as never) };
  } catch (error) {
    return { id, ok: false, message: error instanceof Error ? error.message : String(error) };
  }
}

function databaseOf(visible: readonly string[] | undefined): DatabaseSync {
  if (visible === undefined) return database;
  narrowed ??= openVisibleDatabase(path);
  narrowed.show(visible);
  return narrowed.database;
}
