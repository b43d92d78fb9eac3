import { describe, expect, it } from 'vitest';
import { createTransition, startMs, tickEvent, transitionEvent } from '../testing/events.ts';
import { startScene } from '../testing/scene.ts';

const seconds = (count: number) => startMs + count * 1_000;

const nth = (index: number, change = {}) =>
  transitionEvent(
    createTransition({
      fingerprint: `fp-${index}`,
      subject: { cluster: 'c1', node: 'n7', namespace: 'shop', workload: `deployment/app-${index}` },
      evidence: undefined,
      baseline: null,
      reason: '',
      ...change,
    }),
  );
const range = (count: number) => Array.from({ length: count }, (_, index) => index);

describe('the rate brake', () => {
  it('lets ten new messages an hour through, then tells one digest with the common factor', async () => {
    const scene = await startScene();
    await scene.give('alerts', ...range(30).map((index) => nth(index)));
    await scene.give('alerts', tickEvent(seconds(5)));
    expect(scene.told().filter((one) => one === 'firing post')).toHaveLength(10);
    expect(scene.told().filter((one) => one.startsWith('digest'))).toEqual(['digest post', 'digest edit']);
    const digest = scene.oncall.deliveries.at(-1)?.content;
    expect(digest?.title).toBe('20 more alerts, told here together: 20 firing, 0 at page level');
    expect(digest?.summary).toContain('node=n7');
    expect(digest?.summary).toContain('peer=netns/payments');
    expect(digest?.summary).not.toContain('workload=');
  });

  it('never swallows the end of what was told', async () => {
    const scene = await startScene();
    await scene.give('alerts', ...range(30).map((index) => nth(index)));
    const ends = range(30).map((index) => nth(index, { seq: 3, state: 'resolved', at_ms: seconds(60) }));
    await scene.give('alerts', ...ends);
    expect(scene.told().filter((one) => one === 'resolved edit')).toHaveLength(10);
    expect(scene.oncall.deliveries.findLast(({ purpose }) => purpose === 'digest')?.content.title).toBe(
      'Resolved: all 20 alerts of this digest have ended',
    );
  });

  it('says aloud when something in the digest becomes a page', async () => {
    const scene = await startScene();
    await scene.give('alerts', ...range(12).map((index) => nth(index)));
    await scene.give('alerts', nth(11, { seq: 3, level: 'page', at_ms: seconds(20) }));
    const loud = scene.oncall.deliveries.filter(({ broadcast }) => broadcast);
    expect(loud.map(({ purpose }) => purpose)).toEqual(['digest']);
  });

  it('opens again when the hour is over', async () => {
    const scene = await startScene();
    await scene.give('alerts', ...range(12).map((index) => nth(index)));
    await scene.give('alerts', nth(50, { at_ms: seconds(3_601) }));
    expect(scene.told().filter((one) => one === 'firing post')).toHaveLength(11);
  });

  it('does not count edits, replies and ends', async () => {
    const scene = await startScene();
    for (const round of range(9)) {
      const at = seconds(round * 10);
      await scene.give('alerts', nth(1, { episode: round + 1, at_ms: at }));
      await scene.give('alerts', nth(1, { episode: round + 1, seq: 3, level: 'page', at_ms: at + 1_000 }));
      await scene.give(
        'alerts',
        nth(1, { episode: round + 1, seq: 4, state: 'resolved', at_ms: at + 2_000 }),
      );
    }
    expect(scene.told().filter((one) => one.startsWith('digest'))).toEqual([]);
  });
});
