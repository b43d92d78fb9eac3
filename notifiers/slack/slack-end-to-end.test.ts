import { afterEach, describe, expect, it } from 'vitest';
import type { FakeSlack } from '../../test/fakes/slack/fake-slack.ts';
import { startFakeSlack } from '../../test/fakes/slack/fake-slack.ts';
import { systemClock } from '../clock.ts';
import { createNotifiers } from '../create-notifiers.ts';
import { createOutboxSender } from '../outbox/outbox-sender.ts';
import type { OutboxSender } from '../outbox/outbox-sender.ts';
import { defaultRetryPolicy } from '../outbox/retry.ts';
import { createNotifyStage } from '../stage/notify-stage.ts';
import { captureEvent, createOpposite, createTransition, transitionEvent } from '../testing/events.ts';
import { MemoryHost } from '../testing/memory-host.ts';
import { configOf } from '../testing/scene.ts';

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

const startSlack = async (options = {}): Promise<FakeSlack> => {
  const slack = await startFakeSlack(options);
  stops.push(() => slack.stop());
  return slack;
};

interface Running {
  readonly host: MemoryHost;
  readonly sender: OutboxSender;
}

/** Stage, log and sender with the real Slack notifier and the real clock. */
async function startNotify(slack: FakeSlack, earlier?: MemoryHost): Promise<Running> {
  const config = configOf(`
route: {receiver: oncall}
receivers:
- name: oncall
  slack: {channel: C0000000001, token_env: TOKEN, timeout: 2s, api_url: "${slack.url}"}`);
  const stage = createNotifyStage({ config });
  const host = new MemoryHost(stage, earlier);
  const environment = { TOKEN: slack.token };
  const sender = createOutboxSender({
    stage,
    producer: host,
    notifiers: createNotifiers(config, { environment, nowMs: Date.now, output: { write: () => true } }),
    clock: systemClock,
    random: () => 0,
    policy: { ...defaultRetryPolicy, firstMs: 20, refusedFirstMs: 50, askAfterMs: [10, 100, 400] },
  });
  await sender.start();
  stops.push(() => sender.stop());
  return { host, sender };
}

const until = (check: () => boolean) => expect.poll(check, { timeout: 10_000, interval: 10 }).toBe(true);
const now = () => Date.now();
const firing = (change = {}) =>
  transitionEvent(createTransition({ at_ms: now(), evidence: undefined, ...change }));
const isIdle = ({ sender }: Running) => sender.health().every(({ waiting }) => waiting === 0);

describe('notify with Slack', () => {
  it('tells the whole story in one message and its thread', async () => {
    const slack = await startSlack();
    const running = await startNotify(slack);
    const { host } = running;
    host.appendNow('alerts', [firing()]);
    host.appendNow('alerts', [transitionEvent(createOpposite({ at_ms: now() }))]);
    host.appendNow('alerts', [firing({ seq: 3, level: 'page' })]);
    host.appendNow('captures', [captureEvent(now())]);
    for (const make of [createTransition, createOpposite])
      host.appendNow('alerts', [
        transitionEvent(make({ seq: 9, state: 'resolved', level: null, at_ms: now() })),
      ]);
    await until(() => isIdle(running));
    const [message, ...others] = slack.messages();
    expect(others).toEqual([]);
    expect(message?.text).toMatch(/^:white_check_mark: Resolved after .*both directions/u);
    const thread = slack.thread(message?.ts ?? '').map(({ text }) => text.split('\n')[0]);
    // What must be seen goes before what can be read up.
    expect(thread).toEqual([
      expect.stringContaining('Now a page'),
      expect.stringContaining('Evidence: checkout → payments:443'),
      expect.stringContaining('Evidence: payments → checkout'),
      expect.stringContaining('Packets of checkout ↔ payments'),
      expect.stringContaining('Resolved after'),
    ]);
  }, 20_000);

  it.each([{ kind: 'status-after-accept', status: 500 } as const, { kind: 'reset-after-accept' } as const])(
    'finds what arrived although the answer was $kind, also when history shows it late',
    async (trouble) => {
      const slack = await startSlack();
      slack.workspace.historyDelayMs = 150;
      slack.trouble('chat.postMessage', trouble);
      const running = await startNotify(slack);
      running.host.appendNow('alerts', [firing({ baseline: null, reason: '' })]);
      await until(() => isIdle(running));
      expect(slack.messages()).toHaveLength(1);
    },
  );

  it('finds after a crash what arrived before it', async () => {
    const slack = await startSlack();
    const first = await startNotify(slack);
    first.host.beforeAppend = (event) => {
      if ((event.data as { phase?: string }).phase === 'sent') throw new Error('killed');
    };
    first.host.appendNow('alerts', [firing()]);
    await until(() => slack.messages().length === 1);
    const second = await startNotify(slack, first.host);
    await until(() => isIdle(second));
    expect(slack.messages()).toHaveLength(1);
    expect(slack.thread(slack.messages()[0]?.ts ?? '')).toHaveLength(1);
  });

  it('obeys 429 and loses nothing of a burst', async () => {
    const slack = await startSlack({ burst: 2 });
    const running = await startNotify(slack);
    const burst = Array.from({ length: 4 }, (_, index) =>
      firing({
        fingerprint: `fp-${index}`,
        service_port: 8_000 + index,
        baseline: null,
        reason: '',
      }),
    );
    running.host.appendNow('alerts', burst);
    await until(() => isIdle(running));
    expect(slack.messages()).toHaveLength(4);
    expect(slack.requests.some(({ answered }) => answered === 'ratelimited')).toBe(true);
  }, 20_000);

  it('goes on by itself when a revoked token is taken again', async () => {
    const slack = await startSlack();
    slack.tokens.clear();
    const running = await startNotify(slack);
    running.host.appendNow('alerts', [firing()]);
    await until(() => running.sender.health()[0]?.ready === false);
    expect(running.sender.health()[0]?.reason).toBe('invalid_auth');
    slack.tokens.add(slack.token);
    await until(() => slack.messages().length === 1);
  });
});
