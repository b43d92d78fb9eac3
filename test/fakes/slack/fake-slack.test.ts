import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { FakeSlack } from './fake-slack.ts';
import { startFakeSlack } from './fake-slack.ts';

const channel = 'C0000000001';
let slack: FakeSlack;
let nowMs = 1_772_000_000_000;

beforeEach(async () => {
  slack = await startFakeSlack({ nowMs: () => nowMs, foreignChannels: ['C0000000002'] });
});
afterEach(() => slack.stop());

interface Answer {
  readonly ok: boolean;
  readonly error?: string;
  readonly ts?: string;
  readonly messages?: readonly { readonly text: string; readonly metadata?: unknown }[];
}

async function call(method: string, fields: Record<string, unknown>, token = slack.token): Promise<Answer> {
  const answer = await fetch(slack.url + method, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json; charset=utf-8' },
    body: JSON.stringify(fields),
  });
  return (await answer.json()) as Answer;
}
const section = (text: string) => ({ type: 'section', text: { type: 'mrkdwn', text } });
const header = (text: string) => ({ type: 'header', text: { type: 'plain_text', text } });

describe('the fake Slack is as strict as Slack', () => {
  it.each([
    ['channel_not_found', { channel: 'C9', text: 'x' }],
    ['not_in_channel', { channel: 'C0000000002', text: 'x' }],
    ['no_text', { channel }],
    ['msg_too_long', { channel, text: 'x'.repeat(40_001) }],
    ['invalid_blocks_format', { channel, text: 'x', blocks: '[' }],
    ['invalid_blocks', { channel, text: 'x', blocks: [section('x'.repeat(3_001))] }],
    ['invalid_blocks', { channel, text: 'x', blocks: [section('')] }],
    ['invalid_blocks', { channel, text: 'x', blocks: [header('x'.repeat(151))] }],
    ['invalid_blocks', { channel, text: 'x', blocks: [{ type: 'section' }] }],
    ['invalid_blocks', { channel, text: 'x', blocks: [{ type: 'nonsense' }] }],
    ['invalid_blocks', { channel, text: 'x', blocks: Array.from({ length: 51 }, () => section('x')) }],
    [
      'msg_blocks_too_long',
      { channel, text: 'x', blocks: Array.from({ length: 5 }, () => section('x'.repeat(2_900))) },
    ],
    ['invalid_metadata_format', { channel, text: 'x', metadata: { event_type: 1 } }],
    ['thread_not_found', { channel, text: 'x', thread_ts: '1.1' }],
  ])('answers %s', async (error, fields) => {
    expect(await call('chat.postMessage', fields)).toEqual({ ok: false, error });
    expect(slack.workspace.messages).toEqual([]);
  });

  it('wants a token that it knows and a content type that it takes', async () => {
    expect(await call('chat.postMessage', { channel, text: 'x' }, 'xoxb-other')).toMatchObject({
      error: 'invalid_auth',
    });
    const plain = await fetch(`${slack.url}chat.postMessage`, { method: 'POST', body: 'channel=x' });
    expect(await plain.json()).toMatchObject({ error: 'invalid_post_type' });
    const bare = await fetch(`${slack.url}chat.postMessage`, {
      method: 'POST',
      body: new URLSearchParams({ channel }),
    });
    expect(await bare.json()).toMatchObject({ error: 'not_authed' });
  });

  it('removes the blocks on an update without them, and knows no message that is not there', async () => {
    const { ts } = await call('chat.postMessage', { channel, text: 'x', blocks: [section('x')] });
    await call('chat.update', { channel, ts, text: 'y' });
    expect(slack.messages()).toMatchObject([{ text: 'y', blocks: null, edits: 1 }]);
    expect(await call('chat.update', { channel, ts: '1.1', text: 'y' })).toMatchObject({
      error: 'message_not_found',
    });
  });

  it('does not deduplicate, and shows messages as late as told, with metadata only if asked', async () => {
    slack.workspace.historyDelayMs = 1_000;
    const metadata = { event_type: 'e', event_payload: { id: 'same' } };
    await call('chat.postMessage', { channel, text: 'x', metadata });
    await call('chat.postMessage', { channel, text: 'x', metadata });
    expect((await call('conversations.history', { channel })).messages).toEqual([]);
    nowMs += 1_000;
    expect((await call('conversations.history', { channel })).messages?.[0]?.metadata).toBeUndefined();
    const all = await call('conversations.history', { channel, include_all_metadata: true });
    expect(all.messages?.map((message) => message.metadata)).toEqual([metadata, metadata]);
  });

  it('lets a burst through, then answers 429 with Retry-After, channel by channel', async () => {
    slack.setRateLimit(1);
    await call('chat.postMessage', { channel, text: 'x' });
    const limited = await fetch(`${slack.url}chat.postMessage`, {
      method: 'POST',
      headers: { authorization: `Bearer ${slack.token}` },
      body: new URLSearchParams({ channel, text: 'x' }),
    });
    expect([limited.status, limited.headers.get('retry-after')]).toEqual([429, '1']);
    expect(await call('chat.postMessage', { channel: 'C0000000002', text: 'x' })).toMatchObject({
      error: 'not_in_channel',
    });
    nowMs += 1_000;
    expect(await call('chat.postMessage', { channel, text: 'x' })).toMatchObject({ ok: true });
  });

  it('takes a file in three steps and refuses one of another length', async () => {
    expect(await call('files.getUploadURLExternal', { filename: 'a', length: 0 })).toMatchObject({
      error: 'invalid_arguments',
    });
    const { upload_url: url, file_id: id } = (await call('files.getUploadURLExternal', {
      filename: 'a',
      length: 3,
    })) as Answer & {
      readonly upload_url: string;
      readonly file_id: string;
    };
    expect(
      await call('files.completeUploadExternal', { files: [{ id }], channel_id: channel }),
    ).toMatchObject({ error: 'file_not_found' });
    expect((await fetch(url, { method: 'POST', body: 'four' })).status).toBe(400);
    expect((await fetch(url, { method: 'POST', body: 'abc' })).status).toBe(200);
    expect(
      await call('files.completeUploadExternal', { files: [{ id }], channel_id: channel }),
    ).toMatchObject({ ok: true });
  });
});
