import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { systemClock } from '../clock.ts';
import { createEntry } from '../conformance/tally-stage.ts';
import { openEmbeddedLog, type EmbeddedLog } from './embedded-log.ts';
import { subscribe } from './subscribe.ts';

let directory: string;
let log: EmbeddedLog;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'saccade-subscribe-'));
  log = openEmbeddedLog({ path: join(directory, 'log.db'), clock: systemClock });
});
afterEach(() => {
  log.close();
  rmSync(directory, { recursive: true, force: true });
});

function follow(fromOffset: number | 'latest', count: number): Promise<readonly string[]> {
  return new Promise((resolve, reject) => {
    const seen: string[] = [];
    const subscription = subscribe({
      log,
      topics: ['signals'],
      fromOffset,
      handler: async ({ event }) => {
        await new Promise(setImmediate);
        seen.push(event.id);
        if (seen.length === count) void subscription.stop().then(() => resolve(seen));
      },
      onError: reject,
    });
  });
}

it('hands records over in order, those before and those to come', async () => {
  await log.append('signals', [createEntry('a', 'k'), createEntry('b', 'k')]);
  const seen = follow(0, 3);
  await log.append('signals', [createEntry('c', 'k')]);
  expect(await seen).toEqual(['a', 'b', 'c']);
});

it('begins at the end if asked to', async () => {
  await log.append('signals', [createEntry('a', 'k')]);
  const seen = follow('latest', 1);
  await log.append('signals', [createEntry('b', 'k')]);
  expect(await seen).toEqual(['b']);
});

it('ends at the record whose handler failed, and says so', async () => {
  await log.append('signals', [createEntry('a', 'k'), createEntry('b', 'k')]);
  const seen: string[] = [];
  const error = await new Promise<Error>((resolve) => {
    subscribe({
      log,
      topics: ['signals'],
      fromOffset: 0,
      handler: ({ event }) => {
        seen.push(event.id);
        throw new Error('cannot show it');
      },
      onError: resolve,
    });
  });
  expect(error.message).toBe('cannot show it');
  expect(seen).toEqual(['a']);
});
