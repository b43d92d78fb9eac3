import { describe, expect, it } from 'vitest';
import { type FakeSlack, startFakeSlack } from '../../test/fakes/slack/fake-slack.ts';
import type { ChartMaker } from '../chart/chart-maker.ts';
import { createContent } from '../content/message-content.ts';
import { createDelivery } from '../testing/delivery.ts';
import { slackConfigSchema } from './config-schema.ts';
import { createSlackNotifier } from './slack-notifier.ts';

const picture = new Uint8Array([0x89, 0x50, 0x4e, 0x47, 1, 2, 3]);
const draws: ChartMaker = async () => picture;
const signal = () => AbortSignal.timeout(10_000);

const create = (slack: FakeSlack, charts: ChartMaker = draws) =>
  createSlackNotifier(
    slackConfigSchema.parse({
      channel: 'C0000000001',
      token_env: 'TOKEN',
      api_url: slack.url,
      timeout: '2s',
    }),
    {
      receiver: 'oncall',
      environment: { TOKEN: slack.token },
      nowMs: Date.now,
      output: { write: () => true },
      charts,
    },
  );

/** A message and the delivery of the picture that follows it. */
async function open(slack: FakeSlack, charts?: ChartMaker) {
  const notifier = create(slack, charts);
  const posted = await notifier.send(createDelivery(), signal());
  if (posted.kind !== 'sent') throw new Error(posted.reason);
  const delivery = createDelivery({
    id: 'g/1',
    operation: 'reply',
    purpose: 'thread',
    root: posted.receipt,
    content: createContent(
      { tone: 'info', title: 'Value against normal of a<b → c, so far', summary: '' },
      { chart: { fingerprint: 'fp', episode: 1, alone: true } },
    ),
  });
  const replies = () => slack.thread(posted.receipt['ts'] ?? '');
  return { notifier, delivery, replies };
}

describe('a chart in Slack', () => {
  it('is a file in the thread, with a line that says what it shows', async () => {
    await using slack = await startFakeSlack();
    const { notifier, delivery, replies } = await open(slack);
    const [file] = [await notifier.send(delivery, signal())].map(() => slack.workspace.files[0]);
    expect(file).toMatchObject({ name: expect.stringMatching(/^chart-[0-9a-f]{16}\.png$/u) as string });
    expect(file?.bytes).toEqual(picture);
    expect(replies().map(({ text, files }) => [text, files])).toEqual([
      ['Value against normal of a&lt;b → c, so far', [file?.id]],
    ]);
  });

  it('is found by its name when the answer got lost, and not shared twice', async () => {
    await using slack = await startFakeSlack();
    const { notifier, delivery, replies } = await open(slack);
    slack.trouble('files.completeUploadExternal', { kind: 'reset-after-accept' });
    expect(await notifier.send(delivery, signal())).toMatchObject({ kind: 'unknown' });
    expect(await notifier.find?.(delivery, signal())).toMatchObject({ kind: 'found' });
    expect(await notifier.find?.({ ...delivery, id: 'g/2' }, signal())).toEqual({ kind: 'absent' });
    expect(replies()).toHaveLength(1);
  });

  it.each([
    [
      'the app may not upload',
      (slack: FakeSlack) => void slack.scopes.delete('files:write'),
      'missing_scope',
    ],
    [
      'the channel is closed',
      (slack: FakeSlack) =>
        slack.trouble('files.completeUploadExternal', { kind: 'error', code: 'is_archived' }),
      'is_archived',
    ],
  ])('is let go where %s, which says nothing of the receiver', async (_name, prepare, reason) => {
    await using slack = await startFakeSlack();
    const { notifier, delivery, replies } = await open(slack);
    prepare(slack);
    expect(await notifier.send(delivery, signal())).toEqual({ kind: 'refused', scope: 'message', reason });
    expect(replies()).toEqual([]);
  });

  it('is let go where nothing could be drawn, before Slack is asked for anything', async () => {
    await using slack = await startFakeSlack();
    const { notifier, delivery } = await open(slack, async () => null);
    expect(await notifier.send(delivery, signal())).toMatchObject({ kind: 'refused', scope: 'message' });
    expect(slack.requests.map(({ method }) => method)).toEqual(['chat.postMessage']);
  });

  it('waits as long as Slack says', async () => {
    await using slack = await startFakeSlack();
    const { notifier, delivery } = await open(slack);
    slack.trouble('files.getUploadURLExternal', { kind: 'status', status: 429, retryAfterS: 7 });
    expect(await notifier.send(delivery, signal())).toMatchObject({ kind: 'retry-after', ms: 7_000 });
  });
});
