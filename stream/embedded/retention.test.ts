import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createCloudEvent, type CloudEvent } from '../cloud-event.ts';
import { observationsType } from '../events/observation.ts';
import { transitionType } from '../events/transition.ts';
import { openEmbeddedLog, type EmbeddedLog } from './embedded-log.ts';
import { defaultLogLimits } from './log-limits.ts';
import { createTick } from './ticker.ts';

let directory: string;
let log: EmbeddedLog;
let nowMs = 1_000_000;

beforeEach(() => {
  nowMs = 1_000_000;
  directory = mkdtempSync(join(tmpdir(), 'saccade-retention-'));
  log = openLog();
});
afterEach(() => {
  log.close();
  rmSync(directory, { recursive: true, force: true });
});

const signals = { maxBytes: 20_000, maxAgeMs: 60_000, hardMaxBytes: 40_000 };
function openLog(): EmbeddedLog {
  const limits = { ...defaultLogLimits, topics: { ...defaultLogLimits.topics, signals } };
  return openEmbeddedLog({ path: join(directory, 'log.db'), clock: { nowMs: () => nowMs }, limits });
}

const kinds = {
  quiet: { type: observationsType, candidate: false },
  candidate: { type: observationsType, candidate: true },
  transition: { type: transitionType, candidate: undefined },
} as const;

function createEvent(id: string, kind: keyof typeof kinds = 'quiet'): CloudEvent {
  const { type, candidate } = kinds[kind];
  return createCloudEvent({
    id,
    source: '/test',
    type,
    timeMs: nowMs,
    partitionkey: 'k',
    data: { candidate, padding: 'x'.repeat(800) },
  });
}

const many = (count: number, kind: keyof typeof kinds): readonly CloudEvent[] =>
  Array.from({ length: count }, (_, n) => createEvent(`${kind}${n}`, kind));
const left = (): readonly string[] =>
  log.records
    .read(['signals'], 0, 1000)
    .map((entry) => (entry.kind === 'record' ? entry.record.event.id : ''));

describe('retention', () => {
  it('deletes by bytes, oldest first, what every consumer has read', async () => {
    await log.append('signals', many(30, 'transition'));
    const [retired] = log.retain();
    expect(retired).toMatchObject({ topic: 'signals', rank: 3, unread: false });
    expect(log.bytes('signals')).toBeLessThanOrEqual(signals.maxBytes);
    expect(log.bytes('signals')).toBeGreaterThan(signals.maxBytes - 1100);
    expect(left().at(-1)).toBe('transition29');
    expect(left()).toHaveLength(30 - (retired?.count ?? 0));
  });

  it('deletes by age', async () => {
    await log.append('signals', [createEvent('old')]);
    nowMs += 50_000;
    await log.append('signals', [createEvent('young')]);
    nowMs += 20_000;
    log.retain();
    expect(left()).toEqual(['young']);
  });

  it('keeps what a consumer has not read, up to the hard limit', async () => {
    await log.append('signals', many(30, 'quiet'));
    const end = log.addConsumer({ topics: ['signals'], position: () => 0 });
    nowMs += 3_600_000;
    expect(log.retain()).toEqual([]);
    expect(left()).toHaveLength(30);
    end();
    log.retain();
    expect(left()).toHaveLength(0);
  });

  it('beyond the hard limit drops unread ticks and quiet observations before candidates and alerts', async () => {
    log.addConsumer({ topics: ['signals'], position: () => 0 });
    const tick = createTick(nowMs, 0);
    await log.append('signals', [
      ...many(5, 'transition'),
      ...many(20, 'candidate'),
      ...many(25, 'quiet'),
      tick,
    ]);
    const retired = log.retain();
    expect(retired).toEqual([
      { topic: 'signals', rank: 0, unread: true, count: 1 },
      { topic: 'signals', rank: 1, unread: true, count: expect.any(Number) as number },
    ]);
    expect(log.bytes('signals')).toBeLessThanOrEqual(signals.hardMaxBytes);
    expect(left().slice(0, 25)).toEqual(
      [...many(5, 'transition'), ...many(20, 'candidate')].map(({ id }) => id),
    );
    expect(left().at(-1)).toBe('quiet24');
  });

  it('knows its bytes after a reopen', async () => {
    await log.append('signals', many(10, 'quiet'));
    const before = log.bytes('signals');
    log.close();
    log = openLog();
    expect(log.bytes('signals')).toBe(before);
    expect(before).toBeGreaterThan(8000);
  });
});
