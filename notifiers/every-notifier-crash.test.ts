import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Notification } from '../stream/events/notification.ts';
import { notificationType } from '../stream/events/notification.ts';
import { createNotifiers } from './create-notifiers.ts';
import { notifierKinds } from './registry.ts';
import { createTransition, transitionEvent } from './testing/events.ts';
import type { ReceiverBench } from './testing/receiver-bench.ts';
import { startBench } from './testing/receiver-bench.ts';
import { configOf, startScene } from './testing/scene.ts';

const wait = { timeout: 20_000, interval: 50 };

describe.each(notifierKinds.map(({ kind }) => kind))('a crash after a %s message left', (kind) => {
  let bench: ReceiverBench;
  let written: string[];
  beforeEach(async () => {
    written = [];
    bench = await startBench(kind, written);
  });
  afterEach(() => bench[Symbol.asyncDispose]());

  it('and before its outcome was durable: it is told, and told apart or marked', async () => {
    const config = `route: {receiver: one}\nreceivers: [{name: one, ${bench.yaml}}]`;
    const output = { write: (text: string) => written.push(text), isTTY: true };
    const notifiers = createNotifiers(configOf(config), {
      environment: bench.secrets,
      nowMs: Date.now,
      output,
    });

    const first = await startScene({ config, notifiers });
    first.host.beforeAppend = ({ type, data }) => {
      if (type === notificationType && (data as Notification).phase === 'sent') throw new Error('killed');
    };
    await first.give('alerts', transitionEvent(createTransition()));
    await vi.waitFor(() => expect(bench.identities()).toHaveLength(1), wait);
    await first.sender.stop();

    const second = await startScene({ config, notifiers, earlier: first.host, clock: first.clock });
    await vi.waitFor(async () => {
      await second.clock.advance(2_000);
      expect(second.phases()).toContainEqual(expect.objectContaining({ purpose: 'firing', phase: 'sent' }));
    }, wait);
    await second.sender.stop();

    const notifier = notifiers.get('one');
    const arrived = bench.identities();
    expect(new Set(arrived).size).toBe(1);
    const repeated = notifier?.find === undefined;
    expect(arrived).toHaveLength(repeated ? 2 : 1);
    const marked = repeated && notifier?.idempotent !== true;
    expect(bench.shown().includes('possible repeat')).toBe(marked);
    const sent = second.phases().findLast(({ purpose, phase }) => purpose === 'firing' && phase === 'sent');
    expect(sent?.possible_repeat).toBe(marked);
  });
});
