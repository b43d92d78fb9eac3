import { describe, expect, it } from 'vitest';
import type { CloudEvent } from '../../stream/cloud-event.ts';
import type { Notification } from '../../stream/events/notification.ts';
import { createTransition, startMs, tickEvent, transitionEvent } from '../testing/events.ts';
import { RecordingNotifier, Scene, startScene } from '../testing/scene.ts';

const phaseOf = (event: CloudEvent): string => (event.data as Partial<Notification>).phase ?? '';
const firing = () => transitionEvent(createTransition({ evidence: undefined, baseline: null, reason: '' }));
/** An append that never takes effect: the process dies there. */
const dieAt = (scene: Scene, phase: string) => {
  scene.host.beforeAppend = (event) => {
    if (phaseOf(event) === phase) throw new Error('killed');
  };
};

async function restart(scene: Scene, prepare: (next: Scene) => void = () => undefined): Promise<Scene> {
  void scene.sender.stop();
  const next = new Scene({ clock: scene.clock, earlier: scene.host });
  prepare(next);
  await next.sender.start();
  await next.clock.settle();
  return next;
}

describe('the outbox', () => {
  it('records sending before the request and sent after it', async () => {
    const scene = await startScene();
    const seen: string[] = [];
    scene.host.beforeAppend = (event) => void seen.push(`append ${phaseOf(event)}`);
    scene.oncall.send = async () => {
      seen.push('request');
      return { kind: 'sent', receipt: { ts: '1' } };
    };
    await scene.give('alerts', firing());
    expect(seen).toEqual(['append sending', 'request', 'append sent']);
    expect(scene.phases().map(({ phase, attempt }) => `${phase} ${attempt}`)).toEqual([
      'queued 0',
      'sending 1',
      'sent 1',
    ]);
  });

  it('sends after a crash before the request what was only queued', async () => {
    const scene = await startScene();
    dieAt(scene, 'sending');
    await scene.give('alerts', firing());
    expect(scene.oncall.deliveries).toHaveLength(0);
    const next = await restart(scene);
    expect(next.oncall.deliveries.map(({ possibleRepeat }) => possibleRepeat)).toEqual([false]);
    expect(next.oncall.asked).toBe(0);
  });

  it('asks the receiver after a crash while sending, and does not repeat what arrived', async () => {
    const scene = await startScene();
    dieAt(scene, 'sent');
    await scene.give('alerts', firing());
    expect(scene.oncall.deliveries).toHaveLength(1);
    const next = await restart(scene, ({ oncall }) => {
      oncall.found = { kind: 'found', receipt: { ts: '77' } };
    });
    await next.clock.advance(10_000);
    expect(next.oncall.asked).toBe(1);
    expect(next.oncall.deliveries).toEqual([]);
    await next.give(
      'alerts',
      transitionEvent(createTransition({ seq: 3, state: 'resolved', at_ms: startMs + 5_000 })),
    );
    expect(next.oncall.deliveries[0]?.root).toEqual({ ts: '77' });
  });

  it('sends again, marked, what the receiver does not know of, after it had time to show it', async () => {
    const scene = await startScene();
    dieAt(scene, 'sent');
    await scene.give('alerts', firing());
    const next = await restart(scene);
    await next.clock.advance(10_000);
    expect(next.oncall.asked).toBe(3);
    expect(next.oncall.deliveries.map(({ possibleRepeat }) => possibleRepeat)).toEqual([true]);
    expect(next.phases().at(-1)).toMatchObject({ phase: 'sent', attempt: 2, possible_repeat: true });
  });

  it('repeats an edit without asking: to edit twice is to edit once', async () => {
    const scene = await startScene();
    await scene.give('alerts', firing());
    scene.oncall.answers.push({ kind: 'unknown', reason: 'time-out' });
    await scene.give(
      'alerts',
      transitionEvent(createTransition({ seq: 3, state: 'resolved', at_ms: startMs + 5_000 })),
    );
    await scene.clock.advance(1_000);
    expect(scene.oncall.asked).toBe(0);
    expect(scene.told()).toEqual(['firing post', 'resolved edit', 'thread reply', 'resolved edit']);
  });

  it('waits as long as it is told before the next attempt', async () => {
    const scene = await startScene();
    scene.oncall.answers.push({ kind: 'retry-after', ms: 7_000, reason: 'rate limited' });
    await scene.give('alerts', firing());
    await scene.clock.advance(6_999);
    expect(scene.oncall.deliveries).toHaveLength(1);
    await scene.clock.advance(1);
    expect(scene.oncall.deliveries).toHaveLength(2);
    expect(scene.phases().at(-1)).toMatchObject({
      phase: 'sent',
      attempt: 2,
      possible_repeat: false,
      delay_ms: 7_000,
    });
  });

  it('lets a throttled channel delay nobody else', async () => {
    const config = `
route:
  receiver: oncall
  routes: [{receiver: oncall, continue: true}, {receiver: terminal}]
receivers: [{name: oncall, terminal: {}}, {name: terminal, terminal: {}}]`;
    const scene = await startScene({ config });
    scene.oncall.answers.push({ kind: 'retry-after', ms: 60_000, reason: 'rate limited' });
    await scene.give('alerts', firing());
    expect(scene.told(scene.terminal)).toEqual(['firing post']);
    expect(scene.sender.health()).toMatchObject([
      { name: 'oncall', waiting: 1 },
      { name: 'terminal', waiting: 0 },
    ]);
  });

  it('tells the fallback what a receiver refuses, goes on trying, and says when it works again', async () => {
    const scene = await startScene();
    const refused = { kind: 'refused', scope: 'receiver', reason: 'invalid_auth' } as const;
    scene.oncall.answers.push(refused, refused);
    await scene.give('alerts', firing());
    expect(scene.terminal.deliveries.map(({ content }) => content.title)).toEqual([
      'Not delivered to "oncall" (invalid_auth): Notice: RetransmitSpike checkout → payments:443',
    ]);
    expect(scene.sender.health()).toMatchObject([
      { name: 'oncall', ready: false, reason: 'invalid_auth' },
      {},
    ]);
    await scene.clock.advance(60_000);
    expect(scene.oncall.deliveries).toHaveLength(3);
    expect(scene.terminal.deliveries[1]?.content.title).toBe('Receiver "oncall" takes messages again');
    expect(scene.sender.health()[0]).toMatchObject({ ready: true, waiting: 0 });
  });

  it('sends everything that was refused as soon as one message is taken', async () => {
    const scene = await startScene();
    const refused = { kind: 'refused', scope: 'receiver', reason: 'not_in_channel' } as const;
    scene.oncall.answers.push(...Array.from({ length: 7 }, () => refused));
    const alert = (index: number) =>
      transitionEvent(
        createTransition({
          fingerprint: `fp-${index}`,
          service_port: index + 1,
          baseline: null,
          reason: '',
          evidence: undefined,
        }),
      );
    await scene.give('alerts', alert(0), alert(1), alert(2));
    for (let seconds = 0; scene.oncall.answers.length > 0 && seconds < 300; seconds += 1)
      await scene.clock.advance(1_000);
    await scene.clock.advance(30_000);
    expect(scene.sender.health()[0]).toMatchObject({ ready: true, waiting: 0 });
  });

  it('drops what depends on a message that is refused for good, and reports it', async () => {
    const scene = await startScene();
    scene.oncall.answers.push({ kind: 'refused', scope: 'message', reason: 'msg_too_long' });
    await scene.give('alerts', transitionEvent(createTransition()));
    expect(scene.told()).toEqual(['firing post']);
    expect(scene.told(scene.terminal)).toEqual(['problem post']);
    expect(scene.sender.health()[0]).toMatchObject({ waiting: 0 });
  });

  it('replaces edits that wait by the newest state', async () => {
    const scene = await startScene();
    await scene.give('alerts', firing());
    scene.oncall.answers.push({ kind: 'retry-after', ms: 60_000, reason: 'rate limited' });
    const later = (seq: number, seconds: number, change = {}) =>
      transitionEvent(
        createTransition({ seq, at_ms: startMs + seconds * 1_000, evidence: undefined, ...change }),
      );
    await scene.give('alerts', later(3, 6, { update: true, value: 0.1 }));
    await scene.give('alerts', later(4, 12, { update: true, value: 0.2 }), tickEvent(startMs + 12_000));
    await scene.give('alerts', later(5, 20, { state: 'resolved', level: null }));
    await scene.clock.advance(61_000);
    const edits = scene.oncall.deliveries.filter(({ operation }) => operation === 'edit');
    expect(edits.map(({ purpose }) => purpose)).toEqual(['update', 'resolved']);
  });

  it('goes on after the log could not be written', async () => {
    const scene = await startScene();
    scene.host.failing = new Error('disk full');
    scene.host.appendNow('alerts', [firing()]);
    await scene.clock.advance(3_000);
    expect(scene.oncall.deliveries).toHaveLength(0);
    scene.host.failing = null;
    await scene.clock.advance(1_000);
    expect(scene.oncall.deliveries).toHaveLength(1);
  });

  it('gives up what goes to a receiver that is not configured any more', async () => {
    const scene = await startScene();
    scene.oncall.answers.push({ kind: 'retry-after', ms: 600_000, reason: 'rate limited' });
    await scene.give('alerts', firing());
    await scene.sender.stop();
    const other = new RecordingNotifier('terminal');
    const next = new Scene({
      clock: scene.clock,
      earlier: scene.host,
      notifiers: new Map([['terminal', other]]),
    });
    await next.sender.start();
    await next.clock.settle();
    expect(next.phases().findLast(({ receiver }) => receiver === 'oncall')).toMatchObject({
      phase: 'dropped',
    });
    expect(next.told(other)).toEqual(['problem post']);
  });
});
