import { openDatabaseReadOnly } from '../../stream/embedded/database.ts';
import type { EmbeddedLog } from '../../stream/embedded/embedded-log.ts';
import { RecordTable } from '../../stream/embedded/record-table.ts';
import { subscribe } from '../../stream/embedded/subscribe.ts';
import type { Topic } from '../../stream/port.ts';
import type { FollowLog } from './live-changes.ts';

const topics: readonly Topic[] = ['alerts', 'captures', 'notifications'];

/** The log of this process: told at once. */
export const followLog =
  (log: EmbeddedLog): FollowLog =>
  (handler, onError) =>
    subscribe({ log, topics, fromOffset: 'latest', handler: ({ event }) => handler(event), onError });

const batchRecords = 256;

/** The log of another process, whose file is looked at every so often. */
export const followFile =
  (path: string, everyMs = 1000): FollowLog =>
  (handler, onError) => {
    const database = openDatabaseReadOnly(path);
    // Changes when another process has written (https://sqlite.org/pragma.html#pragma_data_version).
    const written = database.prepare('PRAGMA data_version');
    const versionNow = (): number => Number(written.get()?.['data_version']);
    let version = versionNow();
    let position = new RecordTable(database).lastOffset();
    const end = (): void => {
      clearInterval(timer);
      if (database.isOpen) database.close();
    };
    const read = (): void => {
      // Made anew: it remembers what was newest when it was made.
      const entries = new RecordTable(database).read(topics, position, batchRecords);
      for (const entry of entries) {
        position = entry.kind === 'record' ? entry.record.offset : entry.offset;
        if (entry.kind === 'record') handler(entry.record.event);
      }
      // The rest of a burst comes with the next look.
      if (entries.length === batchRecords) version = -1;
    };
    const look = (): void => {
      try {
        const now = versionNow();
        if (now === version) return;
        version = now;
        read();
      } catch (error) {
        end();
        onError(error as Error);
      }
    };
    const timer = setInterval(look, everyMs);
    timer.unref();
    return { stop: async () => end() };
  };
