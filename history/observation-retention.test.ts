import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { defaultHistoryLimits } from './retention.ts';
import { HistoryScene } from './testing/history-scene.ts';
import { observations, startMs } from './testing/sample-events.ts';

let scene: HistoryScene;
beforeEach(() => {
  scene = new HistoryScene();
});
afterEach(() => scene.dispose());

const points = (): readonly (readonly [number, number, Readonly<Record<string, number>>])[] =>
  scene.reader
    .listObservations({ sinceMs: 0, untilMs: Number.MAX_SAFE_INTEGER })
    .map(({ atMs, resolutionMs, fields }) => [atMs - startMs, resolutionMs, fields]);

describe('observations', () => {
  it('adds up the rows of one second as the signal says', async () => {
    await scene.append('signals', observations(startMs, { retransmits: 2, stalled_sockets: 3 }));
    await scene.append(
      'signals',
      observations(startMs + 400, { retransmits: 5, stalled_sockets: 1, rto: 1 }),
    );
    expect(points()).toEqual([[0, 1000, { retransmits: 7, stalled_sockets: 3, rto: 1 }]]);
  });

  it('counts each row once, though the process ends between batches', async () => {
    await scene.append('signals', observations(startMs, { retransmits: 2 }));
    await scene.restart();
    await scene.append('signals', observations(startMs, { retransmits: 2 }));
    expect(points()).toEqual([[0, 1000, { retransmits: 4 }]]);
  });

  it('turns seconds into minutes after a day and lets them go after a month', async () => {
    for (const second of [0, 1, 59, 60]) {
      scene.nowMs = startMs + second * 1000;
      await scene.append('signals', observations(scene.nowMs, { retransmits: 1, stalled_sockets: second }));
    }
    scene.nowMs += 86_400_000;
    await scene.append('signals', observations(scene.nowMs, { retransmits: 9 }));
    await scene.retain();
    expect(points()).toEqual([
      [0, 60_000, { retransmits: 3, stalled_sockets: 59 }],
      [60_000, 1000, { retransmits: 1, stalled_sockets: 60 }],
      [86_460_000, 1000, { retransmits: 9 }],
    ]);
    scene.nowMs += 30 * 86_400_000;
    await scene.retain();
    expect(points()).toEqual([[86_460_000, 60_000, { retransmits: 9 }]]);
  });

  it('keeps within its bytes by rolling up earlier, then deleting', async () => {
    await scene.restart({
      observations: { ...defaultHistoryLimits.observations, secondsMaxBytes: 500, minutesMaxBytes: 100 },
    });
    for (let minute = 0; minute < 120; minute += 10)
      await scene.append(
        'signals',
        observations(startMs - minute * 60_000, { retransmits: 1, data_segments: 1000 }),
      );
    await scene.retain();
    const kept = scene.log.database
      .prepare('SELECT resolution, bytes FROM observation_bytes ORDER BY resolution')
      .all();
    expect(kept.map((row) => Number(row['bytes']) <= (row['resolution'] === '1s' ? 500 : 100))).toEqual([
      true,
      true,
    ]);
    expect(points().at(-1)?.[0]).toBe(0);
  });

  it('limits the number of series, and forgets those without rows', async () => {
    await scene.restart({ maxSeries: 1 });
    await scene.append(
      'signals',
      observations(startMs, { retransmits: 1 }),
      observations(startMs, { retransmits: 1 }, 'b'),
    );
    expect(scene.dropped).toBe(1);
    scene.nowMs += 40 * 86_400_000;
    await scene.retain();
    await scene.retain();
    await scene.append('signals', observations(scene.nowMs, { retransmits: 1 }, 'b'));
    expect(scene.dropped).toBe(1);
    expect(points()).toHaveLength(1);
  });

  it('files a window from a clock that is ahead under its append', async () => {
    await scene.append('signals', observations(startMs + 3_600_000, { retransmits: 1 }));
    expect(points()).toEqual([[0, 1000, { retransmits: 1 }]]);
  });
});
