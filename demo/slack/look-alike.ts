import { type FakeRequest, type FakeSlack, startFakeSlack } from '../../test/fakes/slack/fake-slack.ts';
import type { Channel, ChannelEvent } from './channel.ts';
import type { SlackBlock, SlackMessage } from './render-message.ts';

const channelId = 'C0DEMO00001';
/** As Slack: a message a second, and some in a burst. */
const defaultBurst = 10;

export interface ChannelOptions {
  readonly nowMs?: () => number;
  /** Messages that may come at once; 0: no limit. */
  readonly burst?: number;
}

/** A channel of a Slack look-alike on the loopback: real HTTP, and as strict as Slack. */
export async function openChannel(options: ChannelOptions = {}): Promise<Channel> {
  const slack = await startFakeSlack({ channels: [channelId], burst: defaultBurst, ...options });
  return {
    apiUrl: slack.url,
    channelId,
    token: slack.token,
    events: () => eventsOf(slack),
    [Symbol.asyncDispose]: () => slack.stop(),
  };
}

/** What was accepted, in order. Accepted posts and the workspace's messages without files are the same list. */
export function eventsOf(slack: Pick<FakeSlack, 'requests' | 'workspace'>): readonly ChannelEvent[] {
  const accepted = slack.requests.filter(({ answered }) => answered === 'ok');
  const posted = slack.workspace.messages.filter(({ files }) => files.length === 0).values();
  return accepted.flatMap((request): readonly ChannelEvent[] => {
    const event = { atMs: request.atMs, message: messageOf(request) };
    if (request.method === 'chat.update')
      return [{ ...event, kind: 'edit', root: request.fields.get('ts') ?? '' }];
    if (request.method !== 'chat.postMessage') return [];
    const thread = request.fields.get('thread_ts');
    const { ts = '' } = posted.next().value ?? {};
    return [
      thread === undefined ? { ...event, kind: 'post', root: ts } : { ...event, kind: 'reply', root: thread },
    ];
  });
}

function messageOf({ fields }: FakeRequest): SlackMessage {
  const blocks = fields.get('blocks');
  return {
    text: fields.get('text'),
    blocks: blocks === undefined ? undefined : (JSON.parse(blocks) as readonly SlackBlock[]),
  };
}
