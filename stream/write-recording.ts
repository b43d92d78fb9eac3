import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import type { Duplex } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createCompressor } from './compression.ts';
import type { EmbeddedLog } from './embedded/embedded-log.ts';
import { subscribe } from './embedded/subscribe.ts';
import type { StreamRecord, Topic } from './port.ts';
import type { RecordingHeader } from './recording-format.ts';

export interface RecordingWriter {
  write(record: StreamRecord): Promise<void>;
  /** Completes the file; until then it bears the ending `.part`. */
  close(): Promise<void>;
  /** Removes what was written. */
  abort(): Promise<void>;
}

/** Writes newline-delimited JSON, compressed by the file's ending. */
export async function createRecordingWriter(path: string, header: RecordingHeader): Promise<RecordingWriter> {
  const part = `${path}.part`;
  const file = createWriteStream(part);
  await once(file, 'open');
  const input = createCompressor(path);
  const done = pipeline(input, file);
  // Its failure is told by the next write or by close; unheard until then, it would end the process.
  done.catch(() => undefined);
  await writeLine(input, header);
  return {
    write: (record) => writeLine(input, toLine(record)),
    async close(): Promise<void> {
      input.end();
      await done;
      await rename(part, path);
    },
    async abort(): Promise<void> {
      input.destroy();
      await done.catch(() => undefined);
      await rm(part, { force: true });
    },
  };
}

export interface RecordStreamOptions {
  readonly log: EmbeddedLog;
  readonly topics: readonly Topic[];
  /** Records after this offset; `latest`: only what comes from now on. */
  readonly fromOffset: number | 'latest';
  readonly file: string;
  readonly header: Omit<RecordingHeader, 'saccade_recording' | 'topics'>;
  readonly onError: (error: Error) => void;
}

/** Records topics as they are appended. Returns the way to complete the file. */
export async function recordStream(options: RecordStreamOptions): Promise<{ stop(): Promise<void> }> {
  const { log, topics, fromOffset, file, header, onError } = options;
  const writer = await createRecordingWriter(file, { saccade_recording: 1, ...header, topics: [...topics] });
  const subscription = subscribe({
    log,
    topics,
    fromOffset,
    onError,
    handler: (record) => writer.write(record),
  });
  return {
    async stop(): Promise<void> {
      await subscription.stop();
      await writer.close();
    },
  };
}

function toLine({ topic, partition, offset, appendedAtMs, event }: StreamRecord): object {
  return { topic, partition, offset, appended_at_ms: appendedAtMs, event };
}

async function writeLine(stream: Duplex, value: object): Promise<void> {
  if (stream.destroyed) throw new Error('writing a recording: the file cannot be written any more');
  if (!stream.write(`${JSON.stringify(value)}\n`)) await once(stream, 'drain');
}
