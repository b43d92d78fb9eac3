import { existsSync, statSync } from 'node:fs';
import { databasePath } from '../app/open-log.ts';
import { StartError } from '../app/start-error.ts';
import { storedLog } from '../stream/embedded/stored-log.ts';
import type { StreamRecord } from '../stream/port.ts';
import { readRecording } from '../stream/read-recording.ts';
import { RecordingError } from '../stream/recording-format.ts';

/** The records of a recording, or of the log in a data folder (Saccade may run meanwhile), in the order of their offsets. */
export async function* storedRecords(path: string): AsyncGenerator<StreamRecord> {
  if (!existsSync(path))
    throw new StartError(`there is no ${path}`, 'Name a recording or a data folder.', { exitCode: 2 });
  try {
    if (statSync(path).isDirectory()) yield* logRecords(path);
    else yield* (await readRecording(path)).records;
  } catch (error) {
    if (error instanceof RecordingError)
      throw new StartError(error.message, '', { exitCode: 2, cause: error });
    throw error;
  }
}

function* logRecords(dataDirectory: string): Generator<StreamRecord> {
  const path = databasePath(dataDirectory);
  if (!existsSync(path))
    throw new StartError(`there is no log in ${dataDirectory}`, 'Name another folder.', { exitCode: 2 });
  yield* storedLog(path);
}
