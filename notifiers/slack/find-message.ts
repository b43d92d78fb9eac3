import type { WebClient } from '@slack/web-api';
import type { Delivery, FindResult } from '../notifier.ts';
import { notificationIdOf } from './metadata.ts';
import { chartName } from './share-chart.ts';

const pageLimit = 5;
/** Slack's clock and ours may differ. */
const clockSkewMs = 60_000;

/** Looks for a message by its metadata, or by the name of the picture that it is, among what was posted since its first attempt. */
export async function findMessage(
  client: WebClient,
  configured: string,
  delivery: Delivery,
): Promise<FindResult> {
  const channel = delivery.root?.['channel'] ?? configured;
  const oldest = String((delivery.firstAttemptMs - clockSkewMs) / 1_000);
  const common = { channel, oldest, limit: 200, include_all_metadata: true, inclusive: true };
  let cursor: string | undefined;
  for (let page = 0; page < pageLimit; page += 1) {
    const arguments_ = { ...common, ...(cursor === undefined ? {} : { cursor }) };
    const answer =
      delivery.operation === 'reply'
        ? await client.conversations.replies({ ...arguments_, ts: delivery.root?.['ts'] ?? '' })
        : await client.conversations.history(arguments_);
    const found = (answer.messages ?? []).find((message) => isOf(message, delivery));
    if (found?.ts !== undefined) return { kind: 'found', receipt: { channel, ts: found.ts } };
    cursor = answer.response_metadata?.next_cursor;
    if (cursor === undefined || cursor === '') return { kind: 'absent' };
  }
  return { kind: 'unknown', reason: 'too many messages since' };
}

interface Found {
  readonly files?: readonly { readonly name?: string }[];
}

function isOf(message: Found, delivery: Delivery): boolean {
  if (delivery.content.chart?.alone !== true) return notificationIdOf(message) === delivery.id;
  return (message.files ?? []).some(({ name }) => name === chartName(delivery));
}
