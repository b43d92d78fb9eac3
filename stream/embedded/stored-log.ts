import { topics, type StreamRecord } from '../port.ts';
import { openDatabaseReadOnly } from './database.ts';
import { RecordTable } from './record-table.ts';

const batchRecords = 1000;

/** All records of a log file in the order of their offsets; its writer may run meanwhile. */
export function* storedLog(path: string): Generator<StreamRecord> {
  const database = openDatabaseReadOnly(path);
  try {
    const table = new RecordTable(database);
    let offset = 0;
    for (;;) {
      const entries = table.read(topics, offset, batchRecords);
      if (entries.length === 0) return;
      for (const entry of entries) {
        offset = entry.kind === 'record' ? entry.record.offset : entry.offset;
        if (entry.kind === 'record') yield entry.record;
      }
    }
  } finally {
    database.close();
  }
}
