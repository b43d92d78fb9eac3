import { describe, expect, it } from 'vitest';
import type { Delivery } from '../notifier.ts';
import { captureEvent, createTransition, startMs, tickEvent, transitionEvent } from '../testing/events.ts';
import { startScene } from '../testing/scene.ts';

const slack = `
route: {receiver: oncall}
receivers:
- {name: oncall, slack: {channel: C0000000001, token_env: TOKEN}, max_notifications: 10/h}
`;
const without = slack.replace('token_env: TOKEN', 'token_env: TOKEN, chart: false');
const mail = `
route: {receiver: oncall}
receivers:
- {name: oncall, email: {from: a@example.com, to: [b@example.com], host: mail.example.com}}
`;
const firing = () => transitionEvent(createTransition());
const resolved = (afterMs: number) =>
  transitionEvent(createTransition({ seq: 9, state: 'resolved', level: null, at_ms: startMs + afterMs }));
const charts = (deliveries: readonly Delivery[]) =>
  deliveries.flatMap(({ content }) => (content.chart === undefined ? [] : [content.title]));

describe('a chart in a thread', () => {
  it('follows the page after a while, and once more when all is over', async () => {
    const scene = await startScene({ config: slack });
    await scene.give('alerts', firing());
    await scene.give('alerts', tickEvent(startMs + 14_000));
    expect(charts(scene.oncall.deliveries)).toEqual([]);
    for (const afterMs of [15_000, 15_250, 60_000]) await scene.give('alerts', tickEvent(startMs + afterMs));
    await scene.give('alerts', resolved(90_000));
    await scene.give('alerts', tickEvent(startMs + 120_000));
    expect(charts(scene.oncall.deliveries)).toEqual([
      'Value against normal of checkout → payments:443, so far',
      'Value against normal of checkout → payments:443, to its end',
    ]);
  });

  it('comes once where the alert ends before', async () => {
    const scene = await startScene({ config: slack });
    await scene.give('alerts', firing());
    await scene.give('alerts', resolved(5_000));
    await scene.give('alerts', tickEvent(startMs + 30_000));
    expect(charts(scene.oncall.deliveries)).toHaveLength(1);
  });

  it('is not asked for where it is switched off', async () => {
    const scene = await startScene({ config: without });
    await scene.give('alerts', firing());
    await scene.give('alerts', tickEvent(startMs + 20_000));
    await scene.give('alerts', resolved(30_000));
    expect(charts(scene.oncall.deliveries)).toEqual([]);
  });

  it('holds nothing up and says nothing of the receiver when it fails', async () => {
    const scene = await startScene({ config: slack });
    const { oncall } = scene;
    const send = oncall.send.bind(oncall);
    oncall.send = (delivery) =>
      delivery.content.chart === undefined
        ? send(delivery)
        : Promise.resolve({ kind: 'refused', scope: 'message', reason: 'missing_scope' });
    await scene.give('alerts', firing());
    await scene.give('alerts', tickEvent(startMs + 15_000));
    await scene.give('alerts', resolved(30_000));
    expect(scene.told()).toContain('resolved edit');
    expect(scene.stage.receivers().every(({ ready }) => ready)).toBe(true);
    expect(scene.counts.get('given_up')).toBe(2);
    expect([...scene.stage.outbox.jobs()]).toEqual([]);
  });

  it('never lets a page wait for it', async () => {
    const scene = await startScene({ config: slack });
    const { oncall } = scene;
    const send = oncall.send.bind(oncall);
    oncall.send = (delivery) =>
      delivery.content.chart === undefined ? send(delivery) : new Promise(() => undefined);
    await scene.give('alerts', firing());
    await scene.give('alerts', tickEvent(startMs + 15_000));
    await scene.give(
      'alerts',
      transitionEvent(createTransition({ fingerprint: 'other', service_port: 80, at_ms: startMs + 16_000 })),
    );
    expect(scene.told().filter((one) => one === 'firing post')).toHaveLength(2);
  });
});

describe('a chart in letters', () => {
  it('stands in what tells of the alert, not in what tells of its packets', async () => {
    const scene = await startScene({ config: mail });
    await scene.give('alerts', firing());
    await scene.give('captures', captureEvent(startMs + 10_000));
    await scene.give('alerts', resolved(30_000));
    const shown = scene.oncall.deliveries.map(({ content }) => [content.tone, content.chart !== undefined]);
    expect(shown).toEqual([
      ['notice', true],
      ['info', false],
      ['resolved', true],
    ]);
    expect(scene.oncall.deliveries[0]?.content.chart).toMatchObject({ alone: false });
  });
});
