import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { FakeMessage } from '../../test/fakes/slack/fake-workspace.ts';
import type { FakeSlack } from '../../test/fakes/slack/fake-slack.ts';
import { startFakeSlack } from '../../test/fakes/slack/fake-slack.ts';
import { buttonsOf, pressPayload, signedRequest } from '../../test/fakes/slack/press.ts';
import { captureRequestedType } from '../../stream/events/capture.ts';
import { acknowledgedType, baselineAcceptedType, silenceAddedType } from '../../stream/events/control.ts';
import type { PressHandler } from '../actions/press.ts';
import { createPressHandler } from '../actions/create-press-handler.ts';
import { createListeners } from '../create-listeners.ts';
import { createNotifiers } from '../create-notifiers.ts';
import type { Listener } from '../listener.ts';
import { Secret } from '../../source-text/secret.ts';
import { createTransition, startMs, transitionEvent } from '../testing/events.ts';
import { configOf, startScene, type Scene } from '../testing/scene.ts';
import { createHttpListener } from './http-listener.ts';

const wait = { timeout: 15_000 };
const signingSecret = 'signing-secret-0123456789';
let slack: FakeSlack;
let troubles: string[];
let listeners: readonly Listener[];

beforeEach(async () => {
  slack = await startFakeSlack();
  troubles = [];
  listeners = [];
  environmentOverride = {};
});
afterEach(async () => {
  for (const listener of listeners) await listener.stop();
  await slack.stop();
});

let environmentOverride: Record<string, string> = {};
const environment = () => ({
  TOKEN: slack.token,
  APP: slack.socketMode.appToken,
  SIGN: signingSecret,
  ...environmentOverride,
});
const configText = (extra: string) => `
route: {receiver: oncall}
receivers: [{name: oncall, slack: {channel: C0000000001, token_env: TOKEN, api_url: "${slack.url}"${extra}}}]
`;

/** A firing alert in Slack; resolves to its message. */
async function page(extra: string): Promise<readonly [Scene, FakeMessage]> {
  const config = configText(extra);
  const context = { environment: environment(), nowMs: () => startMs, output: { write: () => true } };
  const scene = await startScene({ config, notifiers: createNotifiers(configOf(config), context) });
  await scene.give('alerts', transitionEvent(createTransition({ level: 'page' })));
  const message = await vi.waitFor(() => {
    const [first] = slack.messages();
    if (!first) throw new Error('no message yet');
    return first;
  }, wait);
  return [scene, message];
}

const handlerOf = (scene: Scene): PressHandler =>
  createPressHandler({
    firingOf: (groupId) => scene.stage.firingOf(groupId),
    producer: scene.host,
    nowMs: () => startMs + 5_000,
  });

async function listen(extra: string, onPress: PressHandler): Promise<void> {
  listeners = createListeners(configOf(configText(extra)), {
    environment: environment(),
    nowMs: Date.now,
    onPress,
    onTrouble: (receiver, reason) => troubles.push(`${receiver}: ${reason}`),
  });
  for (const listener of listeners) await listener.start();
}
const eventsOf = (scene: Scene, type: string) =>
  scene.host.log.filter(({ event }) => event.type === type).map(({ event }) => event.data);

describe('buttons', () => {
  it('are not shown where nobody hears them', async () => {
    const [, message] = await page('');
    expect(buttonsOf(message)).toEqual([]);
    await listen('', () => Promise.reject(new Error('not called')));
    expect(listeners).toEqual([]);
  });

  it('are heard by Socket Mode; who pressed is recorded and shown', async () => {
    const [scene, message] = await page(', app_token_env: APP');
    await listen(', app_token_env: APP', handlerOf(scene));
    await vi.waitFor(() => expect(slack.socketMode.connections).toBe(1), wait);
    expect(buttonsOf(message)).toEqual([
      'acknowledge',
      'silence_1h',
      'silence_until_resolved',
      'capture',
      'accept_as_normal',
    ]);

    expect(await slack.socketMode.deliver(pressPayload(message, 'acknowledge'))).toBe(true);
    expect(eventsOf(scene, acknowledgedType)).toEqual([
      { fingerprint: 'fp-checkout', episode: 1, by: 'ada (Slack U0000000001)' },
    ]);
    await vi.waitFor(async () => {
      await scene.clock.advance(2_000);
      expect(JSON.stringify(message.blocks)).toContain('acknowledged by ada (Slack U0000000001)');
    }, wait);
    await vi.waitFor(
      () =>
        expect(slack.workspace.ephemerals).toEqual([
          { channel: message.channel, user: 'U0000000001', text: 'Acknowledged.' },
        ]),
      wait,
    );
    expect(troubles).toEqual([]);
  });

  it('cause each thing once, also when Slack delivers a press twice', async () => {
    const [scene, message] = await page(', app_token_env: APP');
    await listen(', app_token_env: APP', handlerOf(scene));
    await vi.waitFor(() => expect(slack.socketMode.connections).toBe(1), wait);
    for (const action of ['silence_1h', 'silence_until_resolved', 'capture', 'accept_as_normal'])
      for (let time = 0; time < 2; time += 1)
        expect(await slack.socketMode.deliver(pressPayload(message, action))).toBe(true);
    const unique = (type: string) =>
      new Map(
        scene.host.log.filter(({ event }) => event.type === type).map(({ event }) => [event.id, event.data]),
      );
    expect([...unique(silenceAddedType).values()]).toMatchObject([
      {
        matchers: [{ name: 'fingerprint', op: '=', value: 'fp-checkout' }],
        ends_at: new Date(startMs + 5_000 + 3_600_000).toISOString(),
        created_by: 'ada (Slack U0000000001)',
      },
      { matchers: [{ name: 'fingerprint' }, { name: 'episode', op: '=', value: '1' }] },
    ]);
    expect([...unique(captureRequestedType).values()]).toMatchObject([
      { alert: { fingerprint: 'fp-checkout', episode: 1 }, selector: { service_port: 443, role: 'client' } },
    ]);
    expect([...unique(baselineAcceptedType).values()]).toEqual([
      { fingerprint: 'fp-checkout', by: 'ada (Slack U0000000001)' },
    ]);
    expect(scene.stage.silences()).toHaveLength(2);
    await vi.waitFor(async () => {
      await scene.clock.advance(2_000);
      expect(JSON.stringify(message.blocks)).toContain('Accepted as normal by');
    }, wait);
  });

  it('say so where there is nothing to act on any more', async () => {
    const [scene, message] = await page(', app_token_env: APP');
    await listen(', app_token_env: APP', handlerOf(scene));
    await vi.waitFor(() => expect(slack.socketMode.connections).toBe(1), wait);
    const payload = pressPayload(message, 'acknowledge');
    await scene.give(
      'alerts',
      transitionEvent(createTransition({ seq: 9, state: 'resolved', level: null, at_ms: startMs + 1_000 })),
    );
    await slack.socketMode.deliver(payload);
    const gone = { ...payload, actions: payload.actions.map((one) => ({ ...one, value: 'unknown' })) };
    await slack.socketMode.deliver(gone);
    const foreign = { ...payload, actions: payload.actions.map((one) => ({ ...one, action_id: 'other' })) };
    expect(await slack.socketMode.deliver(foreign)).toBe(true);
    await vi.waitFor(
      () =>
        expect(slack.workspace.ephemerals.map(({ text }) => text)).toEqual([
          'It is over already; nothing was changed.',
          'This message is too old to act on.',
        ]),
      wait,
    );
    expect(eventsOf(scene, acknowledgedType)).toEqual([]);
  });

  it('are not acknowledged when they could not be recorded', async () => {
    const [scene, message] = await page(', app_token_env: APP');
    await listen(', app_token_env: APP', handlerOf(scene));
    await vi.waitFor(() => expect(slack.socketMode.connections).toBe(1), wait);
    scene.host.failing = new Error('disk full');
    expect(await slack.socketMode.deliver(pressPayload(message, 'acknowledge'))).toBe(false);
    expect(troubles).toEqual(['oncall: a button had no effect: disk full']);
  });

  it('are heard again after Slack refreshed the connection', async () => {
    const [scene, message] = await page(', app_token_env: APP');
    await listen(', app_token_env: APP', handlerOf(scene));
    await vi.waitFor(() => expect(slack.socketMode.connections).toBe(1), wait);
    slack.socketMode.refresh();
    await vi.waitFor(() => expect(slack.socketMode.connections).toBe(0), wait);
    await vi.waitFor(() => expect(slack.socketMode.connections).toBe(1), wait);
    expect(await slack.socketMode.deliver(pressPayload(message, 'acknowledge'))).toBe(true);
  });

  it('say why they are not heard, without the token', async () => {
    environmentOverride = { APP: 'xapp-wrong' };
    await listen(', app_token_env: APP', () => Promise.resolve(''));
    await vi.waitFor(() => expect(troubles).toEqual(['oncall: buttons are not heard: invalid_auth']), wait);
  });
});

describe('buttons over HTTP', () => {
  it('take what Slack signed, once and in time', async () => {
    const [scene, message] = await page(', signing_secret_env: SIGN, interactions_listen: "127.0.0.1:0"');
    let nowMs = Date.now();
    const listener = createHttpListener({
      receiver: 'oncall',
      channel: message.channel,
      client: () => Promise.reject(new Error('not asked')),
      onPress: handlerOf(scene),
      onTrouble: (reason) => troubles.push(reason),
      listen: '127.0.0.1:0',
      signingSecret: new Secret({ env: 'SIGN' }, environment()),
      nowMs: () => nowMs,
    });
    listeners = [listener];
    await listener.start();
    const request = signedRequest(pressPayload(message, 'acknowledge'), signingSecret, nowMs);
    const post = async (init: RequestInit) => (await fetch(listener.url(), init)).status;
    expect(await post(request)).toBe(200);
    expect(eventsOf(scene, acknowledgedType)).toHaveLength(1);
    expect(await post(request)).toBe(401);
    expect(await post(signedRequest(pressPayload(message, 'capture'), 'other', nowMs))).toBe(401);
    const old = signedRequest(pressPayload(message, 'capture'), signingSecret, nowMs);
    nowMs += 301_000;
    expect(await post(old)).toBe(401);
    const other = { method: 'POST', body: '{}', headers: { 'content-type': 'application/json' } };
    expect(await post(other)).toBe(401);
    expect(await post(signedRequest('not a press', signingSecret, nowMs))).toBe(200);
    expect(eventsOf(scene, captureRequestedType)).toEqual([]);
    expect(troubles.filter((one) => one.startsWith('a request'))).toEqual([
      'a request was refused: replayed',
      'a request was refused: wrong_signature',
      'a request was refused: too_old',
      'a request was refused: too_old',
    ]);
  });
});
