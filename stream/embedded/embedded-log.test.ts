import { DatabaseSync } from 'node:sqlite';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createCloudEvent, type CloudEvent } from '../cloud-event.ts';
import { baselineAcceptedType } from '../events/control.ts';
import { validateEvent } from '../validate-event.ts';
import { openEmbeddedLog, type EmbeddedLog, type EmbeddedLogOptions } from './embedded-log.ts';
import { LogError } from './log-error.ts';
import { defaultLogLimits } from './log-limits.ts';

let directory: string;
let path: string;
const open: EmbeddedLog[] = [];
const nowMs = 1_700_000_000_000;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'saccade-log-'));
  path = join(directory, 'saccade.db');
});
afterEach(() => {
  for (const log of open.splice(0)) log.close();
  rmSync(directory, { recursive: true, force: true });
});

function openLog(options: Partial<EmbeddedLogOptions> = {}): EmbeddedLog {
  const log = openEmbeddedLog({ path, clock: { nowMs: () => nowMs }, ...options });
  open.push(log);
  return log;
}

function accepted(id: string, data: unknown = { fingerprint: id, by: 'me' }): CloudEvent {
  return createCloudEvent({
    id,
    source: '/test',
    type: baselineAcceptedType,
    timeMs: nowMs,
    partitionkey: 'k',
    data,
  });
}

function codeOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof LogError) return error.code;
    throw error;
  }
  return 'none';
}

const ids = (log: EmbeddedLog, topic: 'signals' | 'dead' = 'signals'): string[] =>
  log.records
    .read([topic], 0, 10_000)
    .map((entry) => (entry.kind === 'record' ? entry.record.event.id : 'corrupt'));

describe('openEmbeddedLog', () => {
  it('keeps what was appended across a reopen, in order', async () => {
    const first = openLog();
    await Promise.all([
      first.append('signals', [accepted('a'), accepted('b')]),
      first.append('signals', [accepted('c')]),
    ]);
    first.close();
    expect(ids(openLog())).toEqual(['a', 'b', 'c']);
  });

  it('refuses a second instance with a remedy, and lets go on close', () => {
    const first = openLog();
    expect(codeOf(() => openLog())).toBe('LOG_IN_USE');
    expect(() => openLog()).toThrow(/Another Saccade runs on this data directory/);
    first.close();
    expect(codeOf(() => openLog())).toBe('none');
  });

  it('says what is wrong with a path that cannot be opened', () => {
    expect(codeOf(() => openLog({ path: join(directory, 'missing', 'x.db') }))).toBe('LOG_CANNOT_OPEN');
  });

  it('refuses a file that is no database, and one from a newer version, untouched', () => {
    const odd = join(directory, 'odd.db');
    const database = new DatabaseSync(path);
    database.exec(
      "CREATE TABLE schema_versions (component TEXT PRIMARY KEY, version INTEGER NOT NULL); INSERT INTO schema_versions VALUES ('log', 99)",
    );
    database.close();
    expect(codeOf(() => openLog())).toBe('LOG_SCHEMA_NEWER');
    expect(codeOf(() => openLog({ path: oddFile(odd) }))).toBe('LOG_CORRUPT');
  });

  it('turns a full file into LOG_DISK_FULL and goes on when there is room', async () => {
    const log = openLog({ limits: { ...defaultLogLimits, maxFileBytes: 400 * 1024 } });
    const big = 'x'.repeat(100 * 1024);
    let code = 'none';
    for (let n = 0; n < 10 && code === 'none'; n += 1)
      code = await log.append('signals', [accepted(`n${n}`, { fingerprint: big, by: 'me' })]).then(
        () => 'none',
        (error: unknown) => (error as LogError).code,
      );
    expect(code).toBe('LOG_DISK_FULL');
    log.database.exec('DELETE FROM records');
    await log.append('signals', [accepted('after')]);
    expect(ids(log)).toEqual(['after']);
  });

  it('drops a (source, id) that the topic holds', async () => {
    const log = openLog();
    await log.append('signals', [accepted('a'), accepted('a')]);
    await log.append('signals', [accepted('a'), accepted('b')]);
    expect(ids(log)).toEqual(['a', 'b']);
  });

  it('sends what the validator refuses to the dead letters, and takes the rest', async () => {
    const log = openLog({ validate: validateEvent });
    const unknown = { ...accepted('u'), type: 'io.saccade.future.v9' };
    await log.append('signals', [accepted('bad', { fingerprint: 1 }), unknown, accepted('good')]);
    expect(ids(log)).toEqual(['good']);
    const reasons = log.records
      .read(['dead'], 0, 10)
      .map((e) => e.kind === 'record' && (e.record.event.data as { reason: string }).reason);
    expect(reasons).toEqual([
      expect.stringContaining('fingerprint'),
      'unknown event type io.saccade.future.v9',
    ]);
  });

  it('never gives an offset twice, even when the log was emptied', async () => {
    const log = openLog();
    await log.append('signals', [accepted('a'), accepted('b')]);
    const before = log.records.lastOffset();
    log.database.exec('DELETE FROM records');
    await log.append('signals', [accepted('c')]);
    expect(log.records.lastOffset()).toBeGreaterThan(before);
  });

  it('refuses more than may wait for the disk', async () => {
    const log = openLog({ limits: { ...defaultLogLimits, maxPendingEvents: 1 } });
    await expect(log.append('signals', [accepted('a'), accepted('b')])).rejects.toMatchObject({
      code: 'LOG_OVERLOADED',
      retryable: true,
    });
  });

  it('refuses to append after close', async () => {
    const log = openLog();
    log.close();
    await expect(log.append('signals', [accepted('a')])).rejects.toMatchObject({ code: 'LOG_CLOSED' });
  });
});

function oddFile(file: string): string {
  writeFileSync(file, 'this is not a database, it only looks like a long enough file '.repeat(20));
  return file;
}
