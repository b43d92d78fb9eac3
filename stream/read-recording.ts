import { createReadStream } from 'node:fs';
import { pipeline, type Duplex } from 'node:stream';
import type { CloudEvent } from './cloud-event.ts';
import { createDecompressor } from './compression.ts';
import type { StreamRecord } from './port.ts';
import {
  RecordingError,
  recordingHeaderSchema,
  recordingLineSchema,
  type RecordingHeader,
} from './recording-format.ts';
import { validateEvent } from './validate-event.ts';

/** A longer line is refused before it fills the memory. */
const maxLineLength = 16 * 1024 * 1024;

export interface Recording {
  readonly header: RecordingHeader;
  /** To be read once. Throws a RecordingError with the line at the first fault. */
  readonly records: AsyncIterable<StreamRecord>;
}

interface Line {
  readonly number: number;
  readonly text: string;
}

/** Opens a recording and checks its header; records are read and checked as they are asked for. */
export async function readRecording(path: string): Promise<Recording> {
  const lines = readLines(path);
  const first = await lines.next();
  if (first.done === true) throw new RecordingError(path, 1, 'empty: a recording begins with a header line');
  const header = recordingHeaderSchema.safeParse(parseJson(path, first.value));
  if (!header.success)
    throw new RecordingError(path, 1, `not a recording of this version: ${firstIssue(header.error.issues)}`);
  return { header: header.data, records: readRecords(path, lines) };
}

async function* readRecords(path: string, lines: AsyncGenerator<Line>): AsyncGenerator<StreamRecord> {
  const last = new Map<string, number>();
  for await (const line of lines) {
    const record = parseRecord(path, line);
    const place = `${record.topic}/${record.partition}`;
    if (record.offset <= (last.get(place) ?? -1))
      throw new RecordingError(path, line.number, `offset ${record.offset} of ${place} is out of order`);
    last.set(place, record.offset);
    yield record;
  }
}

function parseRecord(path: string, line: Line): StreamRecord {
  const parsed = recordingLineSchema.safeParse(parseJson(path, line));
  if (!parsed.success) throw new RecordingError(path, line.number, firstIssue(parsed.error.issues));
  const { topic, partition, offset, appended_at_ms: appendedAtMs } = parsed.data;
  const event = parsed.data.event as CloudEvent;
  const fault = validateEvent(event);
  if (fault !== undefined) throw new RecordingError(path, line.number, fault);
  return { topic, partition, offset, appendedAtMs, event };
}

function parseJson(path: string, { number, text }: Line): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new RecordingError(path, number, `not JSON: ${(error as Error).message}`, error);
  }
}

function firstIssue(
  issues: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[],
): string {
  const issue = issues[0];
  return issue === undefined ? 'invalid' : `${issue.path.map(String).join('.') || 'line'}: ${issue.message}`;
}

async function* readLines(path: string): AsyncGenerator<Line> {
  let number = 0;
  let rest = '';
  try {
    for await (const chunk of openText(path)) {
      const parts = (rest + String(chunk)).split('\n');
      rest = parts.pop() ?? '';
      if (rest.length > maxLineLength) throw new RecordingError(path, number + 1, 'the line is too long');
      for (const text of parts) yield { number: (number += 1), text };
    }
  } catch (error) {
    if (error instanceof RecordingError) throw error;
    throw new RecordingError(path, number, `cannot be read: ${(error as Error).message}`, error);
  }
  if (rest !== '') yield { number: number + 1, text: rest };
}

function openText(path: string): Duplex {
  // A failure on either side reaches whoever reads, because the pipeline destroys its end with it.
  return pipeline(createReadStream(path), createDecompressor(path).setEncoding('utf8'), () => undefined);
}
