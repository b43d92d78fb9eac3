import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { alertSeries } from '../../console/reader/alert-series.ts';
import { firingFingerprint, firingStory } from '../../console/testing/sample-story.ts';
import { getAlert } from '../../history/alert-queries.ts';
import { HistoryScene } from '../../history/testing/history-scene.ts';
import type { ChartOutcome } from '../../notifiers/chart/chart-maker.ts';
import { chartOfAlert } from './chart-of-alert.ts';
import { createChartMaker } from './create-chart-maker.ts';

const nowMs = Date.UTC(2026, 10, 21, 14);
const alert = { fingerprint: firingFingerprint, episode: 1 };

let scene: HistoryScene;
beforeEach(async () => {
  scene = new HistoryScene();
  scene.nowMs = nowMs;
  for (const [topic, told] of Map.groupBy(firingStory(nowMs, null), (one) => one.topic))
    await scene.append(topic, ...told.map(({ event }) => event));
});
afterEach(() => scene.dispose());

function createMaker(change: Partial<Parameters<typeof createChartMaker>[0]> = {}) {
  const outcomes: ChartOutcome[] = [];
  const errors: Error[] = [];
  const make = createChartMaker({
    source: { databasePath: scene.path },
    nowMs: () => nowMs,
    onOutcome: (outcome) => outcomes.push(outcome),
    onError: (error) => errors.push(error),
    ...change,
  });
  return { make, outcomes, errors };
}
const signal = () => AbortSignal.timeout(30_000);

describe('a chart of an alert', () => {
  it('has its figures, what was normal and what happened', () => {
    const data = chartOfAlert(scene.log.database, alert, nowMs);
    expect(data).toMatchObject({
      title: 'Retransmit ratio, checkout → api.payments.example:443',
      subtitle: 'RetransmitSpike 3f9a1c02-1: 12 % within 200 ms at worst, normally up to 0.21 % · 2026-11-21',
      marks: [{ label: 'pending' }, { label: 'notice' }, { label: 'page' }],
    });
    expect(data?.points.length).toBeGreaterThan(100);
    expect(data?.band[0]).toMatchObject({ upper: 0.0021 });
    expect(data?.formatTick(0.05)).toBe('5 %');
  });

  it('is drawn in a thread, one at a time; more than may wait are left out', async () => {
    const { make, outcomes, errors } = createMaker({ maxWaiting: 2 });
    const all = await Promise.all([1, 2, 3].map(() => make(alert, signal())));
    expect(all.map((picture) => picture !== null)).toEqual([true, true, false]);
    expect(outcomes.toSorted()).toEqual(['busy', 'drawn', 'drawn']);
    expect(errors).toEqual([]);
  });

  it('is drawn of a history elsewhere, and is none while that is away', async () => {
    const reference = `${alert.fingerprint}-1`;
    const { database } = scene.log;
    const ask = async () => ({
      found: getAlert(database, reference),
      series: alertSeries(database, { reference, nowMs }),
    });
    expect(await createMaker({ source: { ask } }).make(alert, signal())).not.toBeNull();
    const away = createMaker({ source: { ask: () => Promise.reject(new Error('away')) } });
    expect(await away.make(alert, signal())).toBeNull();
    expect(away.outcomes).toEqual(['failed']);
  });

  it('is none where the history has nothing, where the time is over, and where the file is gone', async () => {
    const { make, outcomes } = createMaker();
    expect(await make({ fingerprint: 'unknown', episode: 1 }, signal())).toBeNull();
    expect(await make(alert, AbortSignal.abort())).toBeNull();
    expect(await make(alert, AbortSignal.timeout(1))).toBeNull();
    const gone = createMaker({ source: { databasePath: `${scene.path}.none` } });
    expect(await gone.make(alert, signal())).toBeNull();
    expect([...outcomes, ...gone.outcomes]).toEqual(['no_data', 'late', 'late', 'failed']);
    expect(gone.errors).toHaveLength(1);
  });
});
