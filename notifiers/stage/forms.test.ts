import { describe, expect, it, vi } from 'vitest';
import { createCloudEvent } from '../../stream/cloud-event.ts';
import { acknowledgedType } from '../../stream/events/control.ts';
import {
  captureEvent,
  createOpposite,
  createTransition,
  startMs,
  tickEvent,
  transitionEvent,
} from '../testing/events.ts';
import type { Scene, SceneOptions } from '../testing/scene.ts';
import { RecordingNotifier, startScene } from '../testing/scene.ts';

const configOf = (section: string): string => `
route: {receiver: one, repeat_interval: 1h}
receivers: [{name: one, ${section}}]
`;
const state = configOf('alertmanager: {urls: ["http://127.0.0.1:9"], resend: 1m}');
const pager = configOf('pagerduty: {routing_key_env: K}');

async function startOne(config: string, options: SceneOptions = {}): Promise<[Scene, RecordingNotifier]> {
  const one = new RecordingNotifier('one');
  const scene = await startScene({ config, notifiers: new Map([['one', one]]), ...options });
  return [scene, one];
}

const at = (ms: number, change: Parameters<typeof createTransition>[0] = {}) =>
  transitionEvent(createTransition({ at_ms: startMs + ms, ...change }));
const acknowledged = createCloudEvent({
  id: 'ack',
  source: '/control',
  type: acknowledgedType,
  timeMs: startMs + 3_000,
  partitionkey: 'fp-checkout',
  data: { fingerprint: 'fp-checkout', episode: 1, by: 'ada' },
});

describe('a receiver that is told states', () => {
  it('gets the alerts as data with each change, no replies, no mere figures', async () => {
    const [scene, one] = await startOne(pager);
    await scene.give('alerts', at(0));
    await scene.give('alerts', at(1_000, { seq: 3, update: true, value: 0.2 }));
    await scene.clock.advance(20_000);
    await scene.give('alerts', tickEvent(startMs + 20_000));
    await scene.give('alerts', at(21_000, { seq: 4, level: 'page' }), acknowledged);
    await scene.give('captures', captureEvent(startMs + 22_000));
    await scene.give('alerts', at(30_000, { seq: 5, state: 'resolved', level: null }));
    expect(scene.told(one)).toEqual(['firing post', 'escalation edit', 'update edit', 'resolved edit']);
    expect(
      one.deliveries.map(({ alerts: [facts] }) => [facts?.state, facts?.level, facts?.acknowledged_by]),
    ).toEqual([
      ['firing', 'notice', null],
      // The acknowledgement came while the escalation waited.
      ['firing', 'page', 'ada'],
      ['firing', 'page', 'ada'],
      ['resolved', 'page', 'ada'],
    ]);
    expect(one.deliveries.at(-1)?.alerts[0]?.left_levels).toEqual([
      { level: 'notice', at_ms: startMs + 21_000 },
    ]);
    expect(one.deliveries[0]?.content.sections.map(({ title }) => title)).toEqual([
      'Why it fired',
      'Sockets',
    ]);
  });

  it('is told again before it forgets, until the end', async () => {
    const [scene, one] = await startOne(state);
    await scene.give('alerts', at(0), transitionEvent(createOpposite({ at_ms: startMs })));
    const before = one.deliveries.length;
    for (const minute of [1, 2, 3]) {
      await scene.clock.advance(60_000);
      await scene.give('alerts', tickEvent(startMs + minute * 60_000));
    }
    expect(scene.told(one).slice(before)).toEqual(['update edit', 'update edit', 'update edit']);
    expect(one.deliveries.at(-1)?.alerts).toHaveLength(2);
    await scene.give(
      'alerts',
      at(190_000, { seq: 9, state: 'resolved' }),
      transitionEvent(createOpposite({ at_ms: startMs + 190_000, seq: 9, state: 'resolved' })),
    );
    const ended = one.deliveries.length;
    await scene.clock.advance(120_000);
    await scene.give('alerts', tickEvent(startMs + 310_000));
    expect(one.deliveries.at(-1)?.purpose).toBe('resolved');
    expect(one.deliveries).toHaveLength(ended);
  });

  it('does not show an older state after a newer one', async () => {
    const [scene, one] = await startOne(pager);
    await scene.give('alerts', at(0));
    // The end is queued while the escalation is being sent, and that fails.
    const send = one.send.bind(one);
    vi.spyOn(one, 'send').mockImplementationOnce(async (delivery) => {
      one.answers.push({ kind: 'retry-after', ms: null, reason: 'busy' });
      scene.host.appendNow('alerts', [at(2_000, { seq: 4, state: 'resolved' })]);
      return send(delivery);
    });
    await scene.give('alerts', at(1_000, { seq: 3, level: 'page' }));
    await scene.clock.advance(120_000);
    expect(scene.told(one)).toEqual(['firing post', 'escalation edit', 'resolved edit']);
    expect(scene.phases().filter(({ phase }) => phase === 'dropped')).toMatchObject([
      { purpose: 'escalation', reason: 'superseded by a newer state' },
    ]);
  });
});

describe('a receiver that is told by letters', () => {
  const letters = configOf('email: {from: s@example.com, to: [a@example.com], host: 127.0.0.1}');

  it('gets each news as a message that stands for itself, and no figures', async () => {
    const [scene, one] = await startOne(letters);
    await scene.give('alerts', at(0));
    await scene.give('alerts', at(1_000, { seq: 3, update: true, value: 0.2 }));
    await scene.clock.advance(20_000);
    await scene.give('alerts', tickEvent(startMs + 20_000), at(21_000, { seq: 4, level: 'page' }));
    await scene.give('alerts', acknowledged);
    await scene.give('captures', captureEvent(startMs + 22_000));
    await scene.give('alerts', at(30_000, { seq: 5, state: 'resolved', level: null }));
    expect(one.deliveries.map(({ operation, content }) => [operation, content.title])).toEqual([
      ['post', 'Notice: RetransmitSpike checkout → payments:443'],
      ['reply', 'Now a page: RetransmitSpike checkout → payments:443'],
      ['reply', 'Acknowledged by ada'],
      ['reply', 'Packets of checkout ↔ payments'],
      ['reply', 'Resolved after 30 s: RetransmitSpike checkout → payments:443'],
    ]);
    expect(one.deliveries[0]?.content.sections.map(({ title }) => title)).toEqual([
      'Why it fired',
      'Sockets',
    ]);
    expect(one.deliveries[1]?.content.facts.map(({ name }) => name)).toContain('Likely cause');
  });
});
