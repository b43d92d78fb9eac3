import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { defaultHistoryLimits } from './retention.ts';
import { HistoryScene } from './testing/history-scene.ts';
import { startMs, transition } from './testing/sample-events.ts';

let scene: HistoryScene;
beforeEach(() => {
  scene = new HistoryScene();
});
afterEach(() => scene.dispose());

describe('retention of events', () => {
  it('deletes ended alerts by age and number, open ones never', async () => {
    await scene.restart({ events: { ...defaultHistoryLimits.events, maxAlerts: 2 } });
    for (let episode = 1; episode <= 4; episode += 1)
      await scene.append(
        'alerts',
        transition({ episode, state: 'resolved', started_at_ms: startMs + episode }),
      );
    await scene.append(
      'alerts',
      transition({ fingerprint: 'open', state: 'firing', level: 'page', started_at_ms: 0 }),
    );
    await scene.retain();
    expect(scene.reader.listAlerts().map(({ id }) => id)).toEqual(['3f9a1c02-4', 'open-1']);
    scene.nowMs += 401 * 86_400_000;
    await scene.retain();
    expect(scene.reader.listAlerts().map(({ id }) => id)).toEqual(['open-1']);
    expect(scene.log.database.prepare('SELECT COUNT(*) AS n FROM transitions').get()?.['n']).toBe(1);
  });
});
