import { createHmac } from 'node:crypto';
import type { FakeMessage } from './fake-workspace.ts';

interface Button {
  readonly type: string;
  readonly action_id: string;
  readonly value: string;
}
interface ActionsBlock {
  readonly type: string;
  readonly block_id: string;
  readonly elements: readonly Button[];
}

/** Buttons that a reader of the message sees, by their action. */
export const buttonsOf = (message: FakeMessage): readonly string[] =>
  blockOf(message)?.elements.map(({ action_id: id }) => id) ?? [];

function blockOf(message: FakeMessage): ActionsBlock | undefined {
  const blocks = (message.blocks ?? []) as readonly ActionsBlock[];
  return blocks.find(({ type }) => type === 'actions');
}

/** Slack's payload for a press on a button of a message. Throws if the message does not show it. */
export function pressPayload(
  message: FakeMessage,
  actionId: string,
  user = { id: 'U0000000001', username: 'ada' },
) {
  const block = blockOf(message);
  const button = block?.elements.find(({ action_id: id }) => id === actionId);
  if (!block || !button) throw new Error(`the message shows no button ${actionId}`);
  return {
    type: 'block_actions',
    team: { id: 'T0000000001', domain: 'fake' },
    user: { ...user, name: user.username, team_id: 'T0000000001' },
    api_app_id: 'A0000000001',
    trigger_id: '1.2.abc',
    container: { type: 'message', message_ts: message.ts, channel_id: message.channel, is_ephemeral: false },
    channel: { id: message.channel, name: 'oncall' },
    message: { ts: message.ts, text: message.text },
    actions: [{ ...button, block_id: block.block_id, action_ts: '1772334000.000100' }],
  };
}

/** The same as Slack sends it to a request URL. */
export function signedRequest(payload: unknown, secret: string, atMs: number): RequestInit {
  const body = new URLSearchParams({ payload: JSON.stringify(payload) }).toString();
  const timestamp = String(Math.floor(atMs / 1_000));
  const digest = createHmac('sha256', secret).update(`v0:${timestamp}:${body}`).digest('hex');
  return {
    method: 'POST',
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      'x-slack-request-timestamp': timestamp,
      'x-slack-signature': `v0=${digest}`,
    },
    body,
  };
}
