import { describe, expect, it } from 'vitest';
import { createCloudEvent } from '../../stream/cloud-event.ts';
import type { Matcher } from '../../stream/events/control.ts';
import { acknowledgedType, silenceAddedType, silenceExpiredType } from '../../stream/events/control.ts';
import { createTransition, startMs, tickEvent, transitionEvent } from '../testing/events.ts';
import type { Scene } from '../testing/scene.ts';
import { startScene } from '../testing/scene.ts';

const seconds = (count: number) => startMs + count * 1_000;
const iso = (count: number) => new Date(seconds(count)).toISOString();
const control = (type: string, at: number, data: unknown) =>
  createCloudEvent({
    id: `${type}/${at}`,
    source: '/control',
    type,
    timeMs: seconds(at),
    partitionkey: 'c',
    data,
  });

const silence = (at: number, from: number, until: number, matchers?: readonly Matcher[]) =>
  control(silenceAddedType, at, {
    id: 's1',
    matchers: matchers ?? [{ name: 'workload', op: '=~', value: 'netns/check.*' }],
    starts_at: iso(from),
    ends_at: iso(until),
    created_by: 'ada',
    comment: 'planned work',
  });
const firing = (change = {}) =>
  transitionEvent(createTransition({ evidence: undefined, baseline: null, reason: '', ...change }));
const resolved = (at: number) => firing({ seq: 9, state: 'resolved', level: null, at_ms: seconds(at) });
const news = (scene: Scene) => scene.told().filter((one) => !one.startsWith('update'));

describe('a silence', () => {
  it('keeps a new alert from being told, and its end too: nobody heard of it', async () => {
    const scene = await startScene();
    await scene.give('alerts', silence(-5, -5, 600), firing(), resolved(30));
    expect(scene.told()).toEqual([]);
    expect(scene.counts.get('suppressed')).toBe(1);
  });

  it('never swallows the end of what was told', async () => {
    const scene = await startScene();
    await scene.give('alerts', firing(), silence(5, 5, 600));
    await scene.give('alerts', resolved(30));
    expect(news(scene)).toEqual(['firing post', 'thread reply', 'resolved edit', 'thread reply']);
    expect(scene.oncall.deliveries[1]?.content.footer).toEqual(['silenced by ada']);
  });

  it('holds back an escalation, which is told when the silence ends', async () => {
    const scene = await startScene();
    await scene.give(
      'alerts',
      firing(),
      silence(5, 5, 60),
      firing({ seq: 3, level: 'page', at_ms: seconds(20) }),
    );
    expect(scene.oncall.deliveries.filter(({ broadcast }) => broadcast)).toEqual([]);
    await scene.give('alerts', tickEvent(seconds(59)), tickEvent(seconds(60)));
    expect(scene.oncall.deliveries.filter(({ broadcast }) => broadcast)).toHaveLength(1);
  });

  it('lets what still fires be told when it ends or is expired', async () => {
    const ending = await startScene();
    await ending.give('alerts', silence(-5, -5, 60), firing(), tickEvent(seconds(59)));
    expect(ending.told()).toEqual([]);
    await ending.give('alerts', tickEvent(seconds(60)));
    expect(ending.told()).toEqual(['firing post']);
    const expired = await startScene();
    await expired.give('alerts', silence(-5, -5, 600), firing());
    await expired.give('alerts', control(silenceExpiredType, 7, { id: 's1', by: 'ada' }));
    expect(expired.told()).toEqual(['firing post']);
    expect(expired.stage.silences()).toMatchObject([{ id: 's1', expired_by: 'ada' }]);
  });

  it('holds only between its start and its end and only for what it matches', async () => {
    const scene = await startScene();
    await scene.give('alerts', silence(-5, 100, 200), firing());
    expect(scene.told()).toEqual(['firing post']);
    const other = await startScene();
    await other.give('alerts', silence(-5, -5, 600, [{ name: 'team', op: '!=', value: 'shop' }]), firing());
    expect(other.told()).toEqual(['firing post']);
  });

  it('is refused if its pattern could take exponential time', async () => {
    const scene = await startScene();
    const event = silence(0, 0, 60, [{ name: 'workload', op: '=~', value: '(a+)+b' }]);
    const record = { topic: 'alerts', partition: 0, offset: 0, appendedAtMs: startMs, event } as const;
    expect(() => scene.stage.process(record)).toThrow(/exponential/u);
    expect(scene.stage.silences()).toEqual([]);
  });
});

describe('an acknowledgement', () => {
  it('is shown, stops escalations and repeats of its episode, and not the end', async () => {
    const scene = await startScene();
    const acknowledged = { fingerprint: 'fp-checkout', episode: 1, by: 'grace' };
    await scene.give('alerts', firing(), control(acknowledgedType, 3, acknowledged));
    expect(scene.oncall.deliveries[1]?.content.footer).toEqual(['acknowledged by grace']);
    expect(scene.oncall.deliveries[2]?.content.title).toBe('Acknowledged by grace');
    await scene.give(
      'alerts',
      firing({ seq: 3, level: 'page', at_ms: seconds(20) }),
      tickEvent(seconds(5 * 3_600)),
    );
    expect(scene.oncall.deliveries.filter(({ broadcast }) => broadcast)).toEqual([]);
    await scene.give('alerts', resolved(20_000));
    expect(news(scene).slice(-2)).toEqual(['resolved edit', 'thread reply']);
    await scene.give('alerts', firing({ episode: 2, at_ms: seconds(20_100) }));
    expect(news(scene).at(-1)).toBe('firing post');
  });
});
