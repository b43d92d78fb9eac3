import { expect, it } from 'vitest';
import { tickType } from '../../stream/events/control.ts';
import type { StreamRecord } from '../../stream/port.ts';
import { createTransition, startMs, tickEvent, transitionEvent } from '../testing/events.ts';
import { MemoryHost } from '../testing/memory-host.ts';
import { type Scene, startScene } from '../testing/scene.ts';
import { createNotifyStage } from './notify-stage.ts';

const seconds = (count: number) => startMs + count * 1_000;
const config = `
route: {receiver: oncall, group_wait: 30s, group_interval: 20s}
receivers: [{name: oncall, slack: {channel: C1, token_env: T}}]`;

/** What a process with an empty folder has of it: topics bring no ticks, its own are of its own time. */
function refold(scene: Scene) {
  const stage = createNotifyStage({ config: scene.config });
  const host = new MemoryHost(stage);
  const shared = ({ event }: StreamRecord): boolean => event.type !== tickType;
  for (const { topic, event } of scene.host.log.filter(shared)) host.appendNow(topic, [event]);
  return { stage, host };
}

it('knows from its notifications what was told after a wait', async () => {
  const scene = await startScene({ config });
  await scene.give('alerts', transitionEvent(createTransition()));
  expect(scene.told()).toEqual([]);
  await scene.give('alerts', tickEvent(seconds(31)));
  expect(scene.told()).toEqual(['firing post', 'thread reply']);
  const { stage, host } = refold(scene);
  host.appendNow('alerts', [tickEvent(seconds(600))]);
  expect([...stage.outbox.jobs()].map(({ purpose }) => purpose)).not.toContain('firing');
});

it('closes a message that was told after a wait and ended while nobody sent', async () => {
  const scene = await startScene({ config });
  await scene.give('alerts', transitionEvent(createTransition()));
  await scene.give('alerts', tickEvent(seconds(31)));
  await scene.sender.stop();
  const resolved = createTransition({ seq: 3, state: 'resolved', level: null, at_ms: seconds(42) });
  await scene.give('alerts', transitionEvent(resolved));
  const { stage, host } = refold(scene);
  host.appendNow('alerts', [tickEvent(seconds(600))]);
  const waiting = [...stage.outbox.jobs()];
  expect(waiting[0]).toMatchObject({ purpose: 'resolved', operation: 'edit', root: { ts: '1' } });
  expect(waiting).toEqual([...scene.stage.outbox.jobs()]);
});
