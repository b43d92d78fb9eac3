import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createEntry } from './conformance/tally-stage.ts';
import { openEmbeddedLog } from './embedded/embedded-log.ts';
import type { StreamRecord } from './port.ts';
import { readRecording } from './read-recording.ts';
import { createRecordingWriter, recordStream } from './write-recording.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'saccade-recording-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const header = { recorded_at: '2026-11-21T08:00:00.000Z', learn_ms: 5000, rules_revision: 'abc' };
const headerLine = JSON.stringify({ saccade_recording: 1, ...header, topics: ['signals'] });
const record = (offset: number): StreamRecord => ({
  topic: 'signals',
  partition: 0,
  offset,
  appendedAtMs: 1000 + offset,
  event: createEntry(`e${offset}`, 'a'),
});
const line = (offset: number): string =>
  JSON.stringify({ topic: 'signals', partition: 0, offset, appended_at_ms: 1, event: record(offset).event });

async function readAll(path: string): Promise<readonly StreamRecord[]> {
  const all: StreamRecord[] = [];
  for await (const entry of (await readRecording(path)).records) all.push(entry);
  return all;
}

function written(name: string, content: string | Buffer): string {
  const path = join(directory, name);
  writeFileSync(path, content);
  return path;
}

describe('a recording', () => {
  it.each(['r.ndjson', 'r.ndjson.gz', 'r.ndjson.zst'])('reads back what was written to %s', async (name) => {
    const path = join(directory, name);
    const writer = await createRecordingWriter(path, {
      saccade_recording: 1,
      ...header,
      topics: ['signals'],
    });
    const records = Array.from({ length: 500 }, (_, n) => record(n + 1));
    for (const entry of records) await writer.write(entry);
    await writer.close();
    expect((await readRecording(path)).header).toMatchObject(header);
    expect(await readAll(path)).toEqual(records);
  });

  it('is made of a running log', async () => {
    const log = openEmbeddedLog({ path: join(directory, 'log.db'), clock: { nowMs: () => 7 } });
    await log.append('signals', [createEntry('before', 'a')]);
    const file = join(directory, 'r.ndjson');
    const recording = await recordStream({
      log,
      topics: ['signals', 'alerts'],
      fromOffset: 0,
      file,
      header,
      onError: (error) => {
        throw error;
      },
    });
    await log.append('alerts', [createEntry('after', 'a')]);
    await new Promise(setImmediate);
    await recording.stop();
    log.close();
    expect((await readAll(file)).map(({ topic, event }) => [topic, event.id])).toEqual([
      ['signals', 'before'],
      ['alerts', 'after'],
    ]);
  });

  it('leaves nothing behind when it is aborted', async () => {
    const path = join(directory, 'r.ndjson');
    const writer = await createRecordingWriter(path, { saccade_recording: 1, ...header, topics: [] });
    await writer.abort();
    expect(() => readFileSync(`${path}.part`)).toThrow(/ENOENT/);
  });

  it.each([
    ['an empty file', '', ':1: empty'],
    ['another version', headerLine.replace(':1,', ':2,'), ':1: not a recording of this version'],
    ['a line that is not JSON', `${headerLine}\n${line(1)}\n{"topic"`, ':3: not JSON'],
    ['an unknown topic', `${headerLine}\n${line(1).replace('signals', 'sygnals')}\n`, ':2: topic'],
    [
      'an unknown event',
      `${headerLine}\n${line(1).replace('io.saccade', 'io.other')}\n`,
      ':2: unknown event type',
    ],
    ['a wrong order', `${headerLine}\n${line(2)}\n${line(1)}\n`, ':3: offset 1 of signals/0 is out of order'],
  ])('tells %s with its line', async (_, content, message) => {
    await expect(readAll(written('bad.ndjson', content))).rejects.toThrow(`bad.ndjson${message}`);
  });

  it('tells a file that is cut off, and one that is missing', async () => {
    const whole = gzipSync(`${headerLine}\n${line(1)}\n`);
    await expect(readAll(written('cut.gz', whole.subarray(0, whole.length - 12)))).rejects.toThrow(
      'cannot be read',
    );
    await expect(readAll(join(directory, 'none'))).rejects.toThrow('ENOENT');
  });
});
