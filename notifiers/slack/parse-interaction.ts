import { z } from 'zod';
import type { Press } from '../actions/press.ts';
import { pressActions } from '../actions/press.ts';
import { plainLine } from '../content/plain-line.ts';
import { shortHash } from '../group-key.ts';
import { buttonsBlockId } from './buttons.ts';

/** As much of Slack's `block_actions` payload as a press needs (https://docs.slack.dev/reference/interaction-payloads/block_actions-payload). */
const payloadSchema = z.object({
  type: z.literal('block_actions'),
  user: z.object({
    id: z.string().regex(/^[A-Z0-9]{2,40}$/u),
    username: z.string().optional(),
    name: z.string().optional(),
  }),
  channel: z.object({ id: z.string() }),
  container: z.object({ message_ts: z.string() }),
  actions: z
    .array(
      z.object({
        block_id: z.string(),
        action_id: z.string(),
        value: z.string().max(200).optional(),
        action_ts: z.string(),
      }),
    )
    .min(1),
});

/** A press with where it happened, to answer there. */
export interface SlackPress extends Press {
  readonly channel: string;
  readonly user: string;
}

/** null: nothing that this version shows as a button. */
export function parseInteraction(payload: unknown, receiver: string): SlackPress | null {
  const parsed = payloadSchema.safeParse(payload);
  if (!parsed.success) return null;
  const { user, channel, container, actions } = parsed.data;
  const [pressed] = actions;
  const action = pressActions.find((one) => one === pressed?.action_id);
  if (pressed?.block_id !== buttonsBlockId || pressed.value === undefined || action === undefined)
    return null;
  const name = plainLine(user.username ?? user.name ?? user.id, 80);
  return {
    id: shortHash('slack', channel.id, container.message_ts, user.id, action, pressed.action_ts),
    receiver,
    groupId: pressed.value,
    action,
    by: `${name} (Slack ${user.id})`,
    channel: channel.id,
    user: user.id,
  };
}
