import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createEntry, createTallyStage } from '../conformance/tally-stage.ts';
import { tickType } from '../events/control.ts';
import type { Stage, StreamRecord, Topic } from '../port.ts';
import { createEmbeddedHost, type EmbeddedHost, type EmbeddedHostOptions } from './embedded-host.ts';
import { openEmbeddedLog, type EmbeddedLog } from './embedded-log.ts';
import { defaultLogLimits } from './log-limits.ts';
import type { TransactionalStage } from './transactional-stage.ts';

let directory: string;
let log: EmbeddedLog;
let nowMs = 1000;
const hosts: EmbeddedHost[] = [];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'saccade-host-'));
  const limits = { ...defaultLogLimits, maxFileBytes: 1024 * 1024 };
  log = openEmbeddedLog({ path: join(directory, 'log.db'), clock: { nowMs: () => nowMs }, limits });
});
afterEach(async () => {
  for (const host of hosts.splice(0)) await host.stop();
  log.close();
  rmSync(directory, { recursive: true, force: true });
});

function startHost(stages: readonly Stage[], options: Partial<EmbeddedHostOptions> = {}): EmbeddedHost {
  const host = createEmbeddedHost({
    log,
    stages,
    clock: { nowMs: () => nowMs },
    tickIntervalMs: 0,
    onFatal: (error) => {
      throw error;
    },
    ...options,
  });
  hosts.push(host);
  host.start();
  return host;
}

function createSink(
  inputs: readonly Topic[],
  onRecord: (record: StreamRecord) => void = () => undefined,
): Stage {
  return {
    name: 'sink',
    inputs,
    restore: () => undefined,
    process(record) {
      onRecord(record);
      return [];
    },
    drainState: () => [],
  };
}

const tally = (seen: readonly string[]) => ({ key: 'seen', value: Uint8Array.of(seen.length) });

const read = (topic: Topic): readonly string[] =>
  log.records
    .read([topic], 0, 1000)
    .map((entry) => (entry.kind === 'record' ? entry.record.event.id : 'corrupt'));

describe('createEmbeddedHost', () => {
  it('passes the outputs of one stage to the next without waiting for a clock', async () => {
    const seen: string[] = [];
    const host = startHost([createTallyStage(), createSink(['alerts'], ({ event }) => seen.push(event.id))]);
    await log.append('signals', [createEntry('e0', 'a')]);
    await host.idle();
    expect(seen).toEqual(['e0/a/1']);
  });

  it('reads several inputs in the order of their append', async () => {
    const seen: string[] = [];
    await log.append('alerts', [createEntry('1', 'a')]);
    await log.append('signals', [createEntry('2', 'a')]);
    await log.append('alerts', [createEntry('3', 'a')]);
    const host = startHost([createSink(['signals', 'alerts'], ({ event }) => seen.push(event.id))], {
      maxBatch: 2,
    });
    await host.idle();
    expect(seen).toEqual(['1', '2', '3']);
  });

  it('appends ticks to signals and alerts, each with an id of its own though the clock stands still', async () => {
    const ticks = { signals: 0, alerts: 0 };
    await new Promise<void>((resolve) => {
      startHost(
        [
          createSink(['signals', 'alerts'], ({ topic, event }) => {
            if (event.type === tickType && (topic === 'signals' || topic === 'alerts')) ticks[topic] += 1;
            if (ticks.signals >= 3 && ticks.alerts >= 3) resolve();
          }),
        ],
        { tickIntervalMs: 1 },
      );
    });
    expect(new Set(read('signals')).size).toBe(read('signals').length);
  });

  it('puts no tick of now between events of long ago', async () => {
    let isPresent = false;
    let asked = 0;
    startHost([createSink(['signals'])], {
      tickIntervalMs: 1,
      isPresent: () => {
        asked += 1;
        return isPresent;
      },
    });
    await expect.poll(() => asked).toBeGreaterThan(20);
    expect(log.records.lastOffset()).toBe(0);
    isPresent = true;
    await expect.poll(() => log.records.lastOffset()).toBeGreaterThan(0);
  });

  it('ticks seldom while no stage waits for time to pass', async () => {
    let needy = false;
    const count = () => read('signals').length;
    const stage = { ...createSink(['signals']), tickWithinMs: () => (needy ? 0 : Infinity) };
    startHost([stage], { tickIntervalMs: 1 });
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(count()).toBe(1);
    needy = true;
    await expect.poll(count).toBeGreaterThan(3);
  });

  it('lets commits wait where the stage allows it, and reads again what a crash took', async () => {
    const seen: string[] = [];
    const sink = createSink(['signals'], ({ event }) => seen.push(event.id));
    const start = () => startHost([{ ...sink, mayWait: () => true, drainState: () => [tally(seen)] }]);
    start();
    await log.append('signals', [createEntry('e0', 'a'), createEntry('e1', 'a')]);
    await expect.poll(() => seen.length).toBe(2);
    expect([log.stages.offset('sink'), ...log.stages.entries('sink')]).toEqual([0]);
    // As a second process would find it.
    const second = start();
    await second.idle();
    expect(seen).toEqual(['e0', 'e1', 'e0', 'e1']);
    expect([log.stages.offset('sink'), ...log.stages.entries('sink')]).toEqual([
      2,
      ['seen', tally(seen).value],
    ]);
  });

  it('commits what waited five seconds, and what waits when it stops', async () => {
    let records = 0;
    const sink = createSink(['signals'], () => (records += 1));
    const host = startHost([{ ...sink, mayWait: () => true }]);
    const appendOne = async (id: string) => {
      const before = records;
      await log.append('signals', [createEntry(id, 'a')]);
      await expect.poll(() => records).toBe(before + 1);
    };
    await appendOne('e0');
    expect(log.stages.offset('sink')).toBe(0);
    nowMs += 5_000;
    await appendOne('e1');
    await expect.poll(() => log.stages.offset('sink')).toBeGreaterThan(0);
    await appendOne('e2');
    expect(log.stages.offset('sink')).toBeLessThan(3);
    await host.stop();
    expect(log.stages.offset('sink')).toBe(3);
  });

  it('buries a record whose text is damaged, once by stage, and goes on', async () => {
    await log.append('signals', [createEntry('e0', 'a'), createEntry('e1', 'a'), createEntry('e2', 'a')]);
    log.database.exec("UPDATE records SET event = '{\"specversion' WHERE event_id = 'e1'");
    await startHost([createTallyStage()]).idle();
    expect(read('alerts')).toEqual(['e0/a/1', 'e2/a/2']);
    expect(log.records.read(['dead'], 0, 10)).toEqual([
      expect.objectContaining({
        record: expect.objectContaining({
          event: expect.objectContaining({
            data: expect.objectContaining({ stage: 'tally', offset: 2, event: '{"specversion' }) as unknown,
          }) as unknown,
        }) as unknown,
      }),
    ]);
  });

  it('does not make dead letters of dead letters', async () => {
    const { PoisonError } = await import('../port.ts');
    const stage = createSink(['dead'], () => {
      throw new PoisonError('no');
    });
    const host = startHost([stage]);
    await log.append('dead', [createEntry('d', 'a')]);
    await host.idle();
    expect(read('dead')).toEqual(['d']);
  });

  it('holds a batch back while the disk is full, says so, and commits it once there is room', async () => {
    const failures: string[] = [];
    const metrics = { ...(await import('../stream-metrics.ts')).noMetrics };
    const blocked = new Promise<void>((resolve) => {
      metrics.commitFailed = (stage, code) => {
        failures.push(`${stage} ${code}`);
        resolve();
      };
    });
    const fill = createFiller();
    const host = startHost([fill.stage], { metrics });
    await log.append('signals', [createEntry('e0', 'a')]);
    await blocked;
    expect(failures[0]).toBe('filler LOG_DISK_FULL');
    expect(host.health()).toEqual([expect.objectContaining({ stage: 'filler', lag: 1, ok: false })]);
    expect(host.health()[0]?.reason).toMatch(/held back.*Free space/);
    fill.shrink();
    await host.idle();
    expect(host.health()).toEqual([expect.objectContaining({ lag: 0, ok: true, reason: '' })]);
    expect(fill.commits()).toBe(1);
  });

  it('is not healthy when a stage stands still before waiting records, nor after a fatal error', async () => {
    const fatal: Error[] = [];
    const defective = createSink(['signals'], () => {
      throw new TypeError('defect');
    });
    const host = startHost([defective], { onFatal: (error) => fatal.push(error) });
    expect(host.health()[0]?.ok).toBe(true);
    await log.append('signals', [createEntry('e0', 'a')]);
    await host.idle();
    expect(fatal).toEqual([expect.objectContaining({ message: 'defect' })]);
    expect(host.health()[0]).toMatchObject({ lag: 1, ok: false, reason: 'sink is held back: defect' });
    const waiting = createEmbeddedHost({
      log,
      stages: [createSink(['signals'])],
      clock: { nowMs: () => nowMs },
      onFatal: () => undefined,
    });
    nowMs += 11_000;
    expect(waiting.health()[0]).toMatchObject({ ok: false, reason: 'stands still for 11000 ms, 1 wait' });
  });
});

/** A stage whose rows do not fit into the file until it is told to write less. */
function createFiller(): { readonly stage: TransactionalStage; shrink(): void; commits(): number } {
  let bytes = 4 * 1024 * 1024;
  let commits = 0;
  return {
    stage: {
      ...createSink(['signals']),
      name: 'filler',
      commitInto(database: DatabaseSync): void {
        database.exec('CREATE TABLE filler (content BLOB)');
        database.prepare('INSERT INTO filler VALUES (zeroblob(?))').run(bytes);
      },
      committed: () => (commits += 1),
    },
    shrink: () => (bytes = 16),
    commits: () => commits,
  };
}
