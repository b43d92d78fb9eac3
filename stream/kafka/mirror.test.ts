import { describe, expect, it } from 'vitest';
import type { Topic } from '../port.ts';
import { ScriptedKafka } from './testing/scripted-kafka.ts';
import { startMirror } from './testing/start-mirror.ts';
import { createTopicPlan } from './topic-plan.ts';

const plan = createTopicPlan({ prefix: 'm', partitions: 1, replication: 1 });
const topics = ['alerts', 'captures', 'notifications'] as const satisfies readonly Topic[];
const clock = { nowMs: () => 1_000_000 };

function mirrorOf(kafka: ScriptedKafka) {
  const started = startMirror({ client: kafka.client(), admin: kafka.admin(), plan, topics, clock });
  let caughtUp = false;
  void started.mirror.caughtUp().then(() => (caughtUp = true));
  return { ...started, isCaughtUp: () => caughtUp };
}

describe('a mirror that catches up', () => {
  it('stores a cause before its effect, however the topics are read', async () => {
    const kafka = new ScriptedKafka(plan);
    kafka.keep('alerts', ['fires', 10], ['resolves', 40]);
    kafka.keep('notifications', ['queued', 10], ['sent', 20], ['edited', 50]);
    const { stored, isCaughtUp } = mirrorOf(kafka);
    await kafka.joined();
    await kafka.deliver('notifications', 2);
    expect(stored()).toEqual([]);
    await kafka.deliver('alerts', 1);
    expect(stored()).toEqual(['fires']);
    await kafka.deliver('alerts', 1);
    expect(stored()).toEqual(['fires', 'queued', 'sent']);
    expect(isCaughtUp()).toBe(false);
    await kafka.deliver('notifications', 1);
    await expect.poll(isCaughtUp).toBe(true);
    expect(stored()).toEqual(['fires', 'queued', 'sent', 'resolves', 'edited']);
    expect(kafka.paused).toEqual(new Set());
  });

  it('stores what comes later as it comes', async () => {
    const kafka = new ScriptedKafka(plan);
    kafka.keep('alerts', ['fires', 10]);
    const { stored, isCaughtUp } = mirrorOf(kafka);
    await kafka.joined();
    await kafka.deliver('alerts', 1);
    await expect.poll(isCaughtUp).toBe(true);
    kafka.keep('notifications', ['sent', 70]);
    kafka.keep('alerts', ['resolves', 60]);
    await kafka.deliver('notifications', 1);
    await kafka.deliver('alerts', 1);
    expect(stored()).toEqual(['fires', 'sent', 'resolves']);
  });

  it('is up to date where markers of transactions are the last of a topic', async () => {
    const kafka = new ScriptedKafka(plan);
    kafka.keep('alerts', ['fires', 10]);
    kafka.ends.set('alerts', 3);
    const { mirror, isCaughtUp } = mirrorOf(kafka);
    await kafka.joined();
    await kafka.deliver('alerts', 1, 2);
    expect(isCaughtUp()).toBe(false);
    await kafka.deliver('alerts', 0, 3);
    await expect.poll(isCaughtUp).toBe(true);
    expect(mirror.lag()).toBe(0);
  });

  it('reads anew what it held when its consumer ended', async () => {
    const kafka = new ScriptedKafka(plan);
    kafka.keep('alerts', ['fires', 10]);
    kafka.keep('notifications', ['sent', 20]);
    const { stored, isCaughtUp } = mirrorOf(kafka);
    await kafka.joined();
    await kafka.deliver('notifications', 1);
    const late = kafka.group;
    kafka.group?.onCrash(new Error('the broker went away'));
    await kafka.joined(2);
    await late?.onBatch({
      topic: plan.physical('notifications'),
      partition: 0,
      messages: [],
      nextOffset: 1,
      endOffset: 1,
    });
    await kafka.deliver('alerts', 1);
    expect(isCaughtUp()).toBe(false);
    await kafka.deliver('notifications', 1);
    await expect.poll(isCaughtUp).toBe(true);
    expect(stored()).toEqual(['fires', 'sent']);
  });

  it('counts what was written while it was in reserve', async () => {
    const kafka = new ScriptedKafka(plan);
    kafka.inReserve = true;
    const { mirror, stored, isCaughtUp } = mirrorOf(kafka);
    await kafka.joined();
    expect(mirror.lag()).toBeUndefined();
    kafka.keep('alerts', ['fires', 10]);
    kafka.keep('notifications', ['sent', 20]);
    kafka.group?.onAssigned([0]);
    await kafka.deliver('notifications', 1);
    expect([isCaughtUp(), stored()]).toEqual([false, []]);
    await kafka.deliver('alerts', 1);
    await expect.poll(isCaughtUp).toBe(true);
    expect(stored()).toEqual(['fires', 'sent']);
  });

  it('does not wait for what retention deletes before it is read', { timeout: 20_000 }, async () => {
    const kafka = new ScriptedKafka(plan);
    kafka.keep('alerts', ['fires', 10]);
    kafka.keep('notifications', ['sent', 20]);
    const { stored } = mirrorOf(kafka);
    await kafka.joined();
    await kafka.deliver('notifications', 1);
    kafka.lows.set('alerts', 1);
    await expect.poll(stored, { timeout: 15_000 }).toEqual(['sent']);
  });

  it('stops while it waits for a topic', async () => {
    const kafka = new ScriptedKafka(plan);
    kafka.keep('alerts', ['fires', 10]);
    kafka.keep('notifications', ['sent', 20]);
    const { mirror, stored } = mirrorOf(kafka);
    await kafka.joined();
    await kafka.deliver('notifications', 1);
    await mirror.stop();
    expect(stored()).toEqual([]);
  });
});
