import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { FakeSlack, Trouble } from '../test/fakes/slack/fake-slack.ts';
import { startFakeSlack } from '../test/fakes/slack/fake-slack.ts';
import { createContent } from './content/message-content.ts';
import { createNotifiers } from './create-notifiers.ts';
import type { Delivery, Notifier } from './notifier.ts';
import { notifierKinds } from './registry.ts';
import { describeTestResult, sendTest } from './send-test.ts';
import { createHostileContent, createHugeContent } from './testing/hostile-content.ts';
import { configOf } from './testing/scene.ts';

const secret = 'xoxb-very-secret-0123456789';
let slack: FakeSlack;
let written: string[];

beforeEach(async () => {
  slack = await startFakeSlack({ token: secret });
  written = [];
});
afterEach(() => slack.stop());

/** A receiver of each kind; a kind without an example here fails the suite. */
const exampleOf = (kind: string): string => {
  const examples: Readonly<Record<string, string>> = {
    slack: `slack: {channel: C0000000001, token_env: TOKEN, timeout: 2s, api_url: "${slack.url}"}`,
    terminal: 'terminal: {colour: always}',
  };
  const example = examples[kind];
  if (example === undefined) throw new Error(`no example of a ${kind} receiver`);
  return example;
};

function create(kind: string): Notifier {
  const config = configOf(`route: {receiver: one}\nreceivers: [{name: one, ${exampleOf(kind)}}]`);
  const output = { write: (text: string) => written.push(text), isTTY: true };
  const notifier = createNotifiers(config, { environment: { TOKEN: secret }, nowMs: Date.now, output }).get(
    'one',
  );
  if (!notifier) throw new Error('the receiver was not made');
  return notifier;
}

const delivery = (change: Partial<Delivery> = {}): Delivery => ({
  id: 'g/root',
  operation: 'post',
  purpose: 'firing',
  content: createContent({ tone: 'page', title: 'title', summary: 'summary' }),
  root: null,
  broadcast: false,
  firstAttemptMs: Date.now(),
  possibleRepeat: false,
  ...change,
});
const signal = () => AbortSignal.timeout(15_000);
/** Everything that came out, wherever. */
const shown = () => JSON.stringify(slack.workspace.messages) + written.join('');

describe.each(notifierKinds.map(({ kind }) => kind))('a %s notifier', (kind) => {
  it('sends, edits and replies by the receipt of the first', async () => {
    const notifier = create(kind);
    const sent = await notifier.send(delivery(), signal());
    if (sent.kind !== 'sent') throw new Error(sent.reason);
    const root = sent.receipt;
    expect(
      await notifier.send(delivery({ operation: 'edit', purpose: 'resolved', root }), signal()),
    ).toMatchObject({ kind: 'sent' });
    expect(
      await notifier.send(delivery({ operation: 'reply', purpose: 'thread', root }), signal()),
    ).toMatchObject({ kind: 'sent' });
  });

  it('delivers content of any size, cut visibly', async () => {
    expect(await create(kind).send(delivery({ content: createHugeContent() }), signal())).toMatchObject({
      kind: 'sent',
    });
    expect(slack.requests.map(({ answered }) => answered).filter((one) => one !== 'ok')).toEqual([]);
    expect(shown()).toContain('…');
  });

  it('lets no name mention, link, format or control anything', async () => {
    await create(kind).send(delivery({ content: createHostileContent() }), signal());
    const text = shown();
    if (kind === 'slack') expect(text).not.toMatch(/<[!@#]|<https:\/\/evil|<javascript/u);
    // eslint-disable-next-line no-control-regex -- these are what must not get through
    else expect(text.replace(/\u001b\[\d+m/gu, '')).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/u);
  });

  it('marks a possible repeat', async () => {
    await create(kind).send(delivery({ possibleRepeat: true }), signal());
    expect(shown()).toContain('possible repeat');
  });

  it('never shows a secret: not in results, not when inspected, not in what it writes', async () => {
    const troubles: readonly Trouble[] = [
      { kind: 'error', code: 'invalid_auth' },
      { kind: 'status', status: 429, retryAfterS: 1 },
      { kind: 'status', status: 403 },
      { kind: 'status', status: 503 },
      { kind: 'reset-after-accept' },
      { kind: 'hang-after-accept' },
      { kind: 'garbage' },
    ];
    slack.trouble('chat.postMessage', ...troubles);
    const notifier = create(kind);
    const results: unknown[] = [notifier];
    for (const _ of [...troubles, null]) results.push(await notifier.send(delivery(), signal()));
    results.push(await notifier.find?.(delivery(), signal()));
    const everything = inspect(results, { depth: 20, showHidden: true }) + JSON.stringify(results) + shown();
    expect(everything).not.toContain(secret);
  });

  it('sends a test message and says how it went', async () => {
    const result = await sendTest('one', create(kind), Date.now());
    expect(describeTestResult('one', result)).toBe('one: sent');
    expect(shown()).toContain('Saccade test for receiver');
  });
});

it('explains a refused test', async () => {
  slack.tokens.clear();
  const result = await sendTest('one', create('slack'), Date.now());
  expect(describeTestResult('one', result)).toBe(
    'one: refused: invalid_auth (the token is wrong or revoked)',
  );
});
