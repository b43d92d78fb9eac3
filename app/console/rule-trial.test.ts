import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HistoryScene } from '../../history/testing/history-scene.ts';
import { lossyRule, observations, startMs } from '../../history/testing/sample-events.ts';
import { createThreadReader } from '../../console/reader/thread-reader.ts';
import { checkDraft, createRuleTrial } from './rule-trial.ts';

let scene: HistoryScene;
beforeEach(async () => {
  scene = new HistoryScene();
  for (let second = 0; second < 5; second++) {
    scene.nowMs = startMs + (second + 1) * 1000;
    await scene.append('signals', {
      ...observations(startMs + second * 1000, { data_segments: 100, retransmits: second === 3 ? 20 : 0 }),
      source: '/clusters/c1/nodes/n1',
      id: `n1/boot/${second + 1}`,
    });
  }
});
afterEach(() => scene.dispose());

describe('a draft', () => {
  it('is tried over the stored log, in a thread of its own', async () => {
    const view = await createRuleTrial(scene.path)(lossyRule);
    expect(view).toMatchObject({ records: 5, episodes: [{ level: 'page', worst_value: 0.2 }] });
    expect(view.summary).toMatch(/would have paged once/);
  });

  it('is tried one at a time', async () => {
    const trial = createRuleTrial(scene.path);
    const first = trial(lossyRule);
    await expect(trial(lossyRule)).rejects.toThrow(/another replay is running/);
    await first;
  });

  it('is refused with its place', async () => {
    expect(checkDraft(lossyRule)).toEqual([]);
    expect(checkDraft(lossyRule.replace('retransmit_ratio', 'retransmit_ration'))).toMatchObject([
      { line: 8 },
    ]);
    await expect(createRuleTrial(scene.path)('groups: 7')).rejects.toThrow(/line 1/);
  });
});

describe('the reading thread', () => {
  it('answers as the history does, and ends with its questions', async () => {
    const reader = createThreadReader({ path: scene.path });
    const signs = await reader.ask('lifeSigns', { sinceMs: startMs });
    expect(signs).toMatchObject([{ signal: 'tcp.retransmits', series: 1 }]);
    await expect(reader.ask('getAlert', 'x')).resolves.toEqual({ kind: 'none' });
    const waiting = reader.ask('lifeSigns', { sinceMs: startMs });
    await Promise.all([expect(waiting).rejects.toThrow(/stopping/), reader.close()]);
  });

  it('takes no more questions than it can hold', async () => {
    const reader = createThreadReader({ path: scene.path, maxWaiting: 1 });
    const first = reader.ask('lifeSigns', { sinceMs: startMs });
    await expect(reader.ask('lifeSigns', { sinceMs: startMs })).rejects.toThrow(/too many questions/);
    await first;
    await reader.close();
  });

  it('says what is wrong where there is no file', async () => {
    const reader = createThreadReader({ path: `${scene.path}.none` });
    await expect(reader.ask('getAlert', 'x')).rejects.toThrow(/reading the history failed/);
    await reader.close();
  });
});
