import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openHistoryReader } from '../../history/history-reader.ts';
import { systemClock } from '../../stream/clock.ts';
import { expectedTallies } from '../../stream/conformance/tally-stage.ts';
import { openEmbeddedLog } from '../../stream/embedded/embedded-log.ts';
import { faultPoints } from '../../stream/embedded/fault-points.ts';
import type { Topic } from '../../stream/port.ts';
import { live, type Death, type Life } from './mortal-process.ts';
import { seededRandom } from '../../engine/testing/signal-script.ts';
import { createTallyInput } from './tally-input.ts';

const program = fileURLToPath(new URL('tally-process.ts', import.meta.url));
const random = seededRandom(50);
const lives = 6;
let directory: string;
let path: string;
let acknowledged = 0;
let kills = 0;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'saccade-kill-'));
  path = join(directory, 'log.db');
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** One process over the same file; it goes on where the acknowledgements of its predecessors end. */
async function liveOnce(death: Death, until = Number.MAX_SAFE_INTEGER): Promise<Life> {
  const life = await live({ program, input: { path, from: acknowledged, until }, death, timeoutMs: 20_000 });
  acknowledged = life.acknowledged;
  if (life.killed) kills += 1;
  return life;
}

describe('kill -9', () => {
  it.each(faultPoints)('again and again at %s', { timeout: 180_000 }, async (point) => {
    for (let n = 0; n < lives; n += 1) {
      const life = await liveOnce({ kind: 'point', point, passage: 1 + Math.floor(random() * 8) });
      expect(life).toMatchObject({ killed: true, errors: '' });
    }
  });

  it('at any moment', { timeout: 180_000 }, async () => {
    for (let n = 0; n < 25; n += 1) {
      const life = await liveOnce({ kind: 'after', ms: random() * 25 });
      expect(life).toMatchObject({ killed: true, errors: '' });
    }
  });

  it('has lost nothing and doubled nothing after more than a hundred', { timeout: 180_000 }, async () => {
    expect(kills).toBeGreaterThanOrEqual(100);
    const until = acknowledged + 10;
    expect(await liveOnce({ kind: 'none' }, until)).toMatchObject({ exitCode: 0, errors: '' });

    const inputs = Array.from({ length: until }, (_, n) => createTallyInput(n));
    const tallies = expectedTallies(inputs.flatMap(([entry]) => (entry === undefined ? [] : [entry])));
    expect(idsIn('signals')).toEqual(inputs.flat().map(({ id }) => id));
    expect(idsIn('alerts')).toEqual(tallies);
    expect(idsIn('captures')).toEqual(tallies.map((id, n) => `${n + 1}:${id}`));
    expect(idsIn('dead')).toEqual([]);
    expect(retransmitsInHistory()).toBe(until);
  });
});

function idsIn(topic: Topic): readonly string[] {
  const log = openEmbeddedLog({ path, clock: systemClock });
  const entries = log.records.read([topic], 0, 10_000_000);
  log.close();
  return entries.map((entry) => (entry.kind === 'record' ? entry.record.event.id : 'corrupt'));
}

function retransmitsInHistory(): number {
  using reader = openHistoryReader(path);
  const points = reader.listObservations({ sinceMs: 0, untilMs: Number.MAX_SAFE_INTEGER, limit: 100_000 });
  return points.reduce((sum, { fields }) => sum + (fields['retransmits'] ?? 0), 0);
}
