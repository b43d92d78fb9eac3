import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { FakeSlack } from '../../test/fakes/slack/fake-slack.ts';
import { startFakeSlack } from '../../test/fakes/slack/fake-slack.ts';
import { createContent } from '../content/message-content.ts';
import type { Delivery } from '../notifier.ts';
import { createDelivery } from '../testing/delivery.ts';
import { slackConfigSchema } from './config-schema.ts';
import { createSlackNotifier } from './slack-notifier.ts';

const channel = 'C0000000001';
let slack: FakeSlack;
let directory: string;

beforeEach(async () => {
  slack = await startFakeSlack({ foreignChannels: ['C0000000002'] });
  directory = await mkdtemp(join(tmpdir(), 'saccade-slack-'));
});
afterEach(async () => {
  await slack.stop();
  await rm(directory, { recursive: true });
});

const createNotifier = (settings: Record<string, unknown> = {}) =>
  createSlackNotifier(
    slackConfigSchema.parse({ channel, token_env: 'TOKEN', api_url: slack.url, ...settings }),
    {
      receiver: 'oncall',
      environment: { TOKEN: slack.token },
      nowMs: Date.now,
      output: { write: () => true },
    },
  );

const delivery = (change: Partial<Delivery> = {}): Delivery =>
  createDelivery({
    content: createContent({ tone: 'page', title: 'checkout → payments:443', summary: '6 % resent' }),
    id: 'group/root',
    ...change,
  });
const signal = () => AbortSignal.timeout(15_000);

describe('the Slack notifier', () => {
  it('posts, edits in place with text and blocks, and replies in the thread', async () => {
    const notifier = createNotifier();
    const posted = await notifier.send(delivery(), signal());
    if (posted.kind !== 'sent') throw new Error(posted.reason);
    const root = posted.receipt;
    const content = createContent({ tone: 'resolved', title: 'Resolved after 42 s', summary: '' });
    await notifier.send(
      delivery({ id: 'e', operation: 'edit', purpose: 'resolved', root, content }),
      signal(),
    );
    await notifier.send(delivery({ id: 'r', operation: 'reply', root, broadcast: true, content }), signal());
    const [message, ...others] = slack.messages(channel);
    expect(others).toEqual([]);
    expect(message?.text).toBe(':white_check_mark: Resolved after 42 s');
    expect(message?.blocks).toHaveLength(1);
    expect(message?.edits).toBe(1);
    expect(slack.thread(root['ts'] ?? '')).toMatchObject([{ broadcast: true }]);
  });

  it('finds an earlier message by its metadata, in the channel and in a thread', async () => {
    const notifier = createNotifier();
    expect(await notifier.find?.(delivery(), signal())).toEqual({ kind: 'absent' });
    const posted = await notifier.send(delivery(), signal());
    const receipt = posted.kind === 'sent' ? posted.receipt : {};
    expect(await notifier.find?.(delivery(), signal())).toEqual({ kind: 'found', receipt });
    const reply = delivery({ id: 'group/1', operation: 'reply', root: receipt });
    expect(await notifier.find?.(reply, signal())).toEqual({ kind: 'absent' });
    await notifier.send(reply, signal());
    expect(await notifier.find?.(reply, signal())).toMatchObject({ kind: 'found' });
  });

  it.each([
    ['invalid_auth', { kind: 'refused', scope: 'receiver' }],
    ['token_revoked', { kind: 'refused', scope: 'receiver' }],
    ['is_archived', { kind: 'refused', scope: 'receiver' }],
    ['a_code_of_tomorrow', { kind: 'refused', scope: 'receiver' }],
    ['msg_too_long', { kind: 'refused', scope: 'message' }],
    ['service_unavailable', { kind: 'retry-after', ms: null }],
    ['fatal_error', { kind: 'unknown' }],
    ['internal_error', { kind: 'unknown' }],
  ])('classifies ok:false %s', async (code, expected) => {
    slack.trouble('chat.postMessage', { kind: 'error', code });
    expect(await createNotifier().send(delivery(), signal())).toMatchObject(expected);
  });

  it('classifies what HTTP and the network say', async () => {
    slack.trouble(
      'chat.postMessage',
      { kind: 'status', status: 429, retryAfterS: 7 },
      { kind: 'status', status: 404 },
      { kind: 'status-after-accept', status: 500 },
      { kind: 'reset-after-accept' },
      { kind: 'hang-after-accept' },
      { kind: 'garbage' },
    );
    const notifier = createNotifier({ timeout: '200ms' });
    const results = [];
    for (let turn = 0; turn < 6; turn += 1) results.push(await notifier.send(delivery(), signal()));
    expect(results).toMatchObject([
      { kind: 'retry-after', ms: 7_000 },
      { kind: 'refused', scope: 'receiver', reason: 'http_404' },
      { kind: 'unknown', reason: 'http_500' },
      { kind: 'unknown' },
      { kind: 'unknown' },
      { kind: 'unknown' },
    ]);
    const gone = await startFakeSlack();
    await gone.stop();
    const refused = await createNotifier({ api_url: gone.url }).send(delivery(), signal());
    expect(refused).toMatchObject({ kind: 'retry-after', reason: 'ECONNREFUSED' });
  });

  it('says which channel or token does not do', async () => {
    expect(await createNotifier({ channel: 'C9' }).send(delivery(), signal())).toMatchObject({
      kind: 'refused',
      reason: 'channel_not_found',
    });
    expect(await createNotifier({ channel: 'C0000000002' }).send(delivery(), signal())).toMatchObject({
      reason: 'not_in_channel',
    });
  });

  it('reads the token file anew, so that a rotated token works with the next message', async () => {
    const file = join(directory, 'token');
    const notifier = createNotifier({ token_env: undefined, token_file: file });
    expect(await notifier.send(delivery(), signal())).toMatchObject({ kind: 'refused', scope: 'receiver' });
    await writeFile(file, 'xoxb-old\n');
    expect(await notifier.send(delivery(), signal())).toMatchObject({ reason: 'invalid_auth' });
    await writeFile(file, `${slack.token}\n`);
    expect(await notifier.send(delivery(), signal())).toMatchObject({ kind: 'sent' });
  });

  it('falls back to plain text when Slack does not take the blocks', async () => {
    slack.trouble('chat.postMessage', { kind: 'error', code: 'invalid_blocks' });
    expect(await createNotifier().send(delivery(), signal())).toMatchObject({ kind: 'sent' });
    expect(slack.messages()[0]?.blocks).toBeNull();
    expect(slack.messages()[0]?.text).toContain('checkout → payments:443');
  });

  it('posts the end of an alert anew when somebody deleted its message', async () => {
    const root = { channel, ts: '1.000001' };
    const edit = delivery({ operation: 'edit', purpose: 'resolved', root });
    expect(await createNotifier().send(edit, signal())).toMatchObject({ receipt: { reposted: 'true' } });
    const figures = delivery({ operation: 'edit', purpose: 'update', root });
    expect(await createNotifier().send(figures, signal())).toMatchObject({ reason: 'message_not_found' });
  });

  it('uploads a capture only if told to, and says so when it cannot', async () => {
    const file = join(directory, 'cap-1.pcapng');
    await writeFile(file, 'packets');
    const notifier = createNotifier({ upload: true });
    const posted = await notifier.send(delivery(), signal());
    const root = posted.kind === 'sent' ? posted.receipt : {};
    const content = { ...createContent({ tone: 'info', title: 'Packets', summary: '' }), file };
    const reply = delivery({ id: 'r', operation: 'reply', root, content });
    await notifier.send(reply, signal());
    expect(slack.workspace.files).toMatchObject([{ name: 'cap-1.pcapng', channel, threadTs: root['ts'] }]);
    await createNotifier().send(reply, signal());
    expect(slack.workspace.files).toHaveLength(1);
    const gone = { ...content, file: join(directory, 'gone') };
    await notifier.send(delivery({ id: 'g', operation: 'reply', root, content: gone }), signal());
    expect(JSON.stringify(slack.thread(root['ts'] ?? '').at(-1)?.blocks)).toContain('not on this machine');
  });
});
