import type { WebClient } from '@slack/web-api';
import { secretOf } from '../config/secret-keys.ts';
import type { NotifierContext } from '../define-notifier.ts';
import type { Delivery, Notifier, Receipt, SendResult } from '../notifier.ts';
import { renderBlocks } from './blocks.ts';
import { buttonBlocks } from './buttons.ts';
import type { Failure } from './classify.ts';
import { classifyFailure, formatCodes, goneCodes } from './classify.ts';
import type { SlackConfig } from './config-schema.ts';
import { findMessage } from './find-message.ts';
import { createMetadata } from './metadata.ts';
import { shareChart } from './share-chart.ts';
import { createSlackClient } from './slack-client.ts';
import { uploadFile } from './upload-file.ts';

/** Slack allows about one message a second and channel, with short bursts. */
const minGapMs = 1_100;

interface Payload {
  readonly text: string;
  readonly blocks?: ReturnType<typeof renderBlocks>['blocks'];
  readonly metadata?: ReturnType<typeof createMetadata>;
}

/** Posts, edits in place and replies in threads; each message carries its id as metadata, to be found again by it. */
export function createSlackNotifier(config: SlackConfig, context: NotifierContext): Notifier {
  const token = secretOf(config, 'token', context);
  if (token === undefined) throw new Error('the schema asks for a token');
  const client = createSlackClient(config, token);
  return {
    kind: 'slack',
    queueKey: `slack:${config.api_url}:${config.channel}`,
    minGapMs,
    async send(delivery, signal) {
      try {
        const slack = await client(signal);
        if (delivery.content.chart?.alone === true)
          return await shareChart(slack, config, delivery, { draw: context.charts, signal });
        return await deliver(slack, config, delivery);
      } catch (error) {
        return toResult(classifyFailure(error));
      }
    },
    async find(delivery, signal) {
      try {
        return await findMessage(await client(signal), config.channel, delivery);
      } catch (error) {
        return { kind: 'unknown', reason: classifyFailure(error).reason };
      }
    },
  };
}

const toResult = ({ code: _code, ...result }: Failure): SendResult => result;

async function deliver(client: WebClient, config: SlackConfig, delivery: Delivery): Promise<SendResult> {
  const note = config.upload ? await uploadFile(client, config, delivery) : null;
  const content =
    note === null ? delivery.content : { ...delivery.content, footer: [...delivery.content.footer, note] };
  const inThread = delivery.operation === 'reply';
  const buttons = buttonBlocks(config, delivery);
  const message = renderBlocks(content, { inThread, possibleRepeat: delivery.possibleRepeat, buttons });
  const payload: Payload = { ...message, metadata: createMetadata(delivery) };
  try {
    return await call(client, config, delivery, payload);
  } catch (error) {
    const failure = classifyFailure(error);
    // Better a plain page than none.
    if (formatCodes.has(failure.code)) return call(client, config, delivery, { text: message.text });
    const isNews = delivery.purpose !== 'update' && delivery.operation === 'edit';
    if (isNews && goneCodes.has(failure.code)) return repost(client, config, delivery, payload);
    return toResult(failure);
  }
}

async function call(
  client: WebClient,
  config: SlackConfig,
  delivery: Delivery,
  payload: Payload,
): Promise<SendResult> {
  const { operation, root } = delivery;
  const quiet = { unfurl_links: false, unfurl_media: false };
  const channel = root?.['channel'] ?? config.channel;
  const ts = root?.['ts'] ?? '';
  switch (operation) {
    case 'post':
      return receiptOf(await client.chat.postMessage({ channel: config.channel, ...payload, ...quiet }));
    case 'reply':
      return receiptOf(
        await client.chat.postMessage({
          channel,
          thread_ts: ts,
          reply_broadcast: delivery.broadcast,
          ...payload,
          ...quiet,
        }),
      );
    case 'edit':
      return receiptOf(await client.chat.update({ channel, ts, ...payload }));
    default:
      return operation satisfies never;
  }
}

/** The message to edit was deleted or is closed for edits, but what it should say now must be told. */
async function repost(
  client: WebClient,
  config: SlackConfig,
  delivery: Delivery,
  payload: Payload,
): Promise<SendResult> {
  const result = await call(client, config, { ...delivery, operation: 'post', root: null }, payload);
  return result.kind === 'sent' ? { ...result, receipt: { ...result.receipt, reposted: 'true' } } : result;
}

function receiptOf(answer: { readonly channel?: string; readonly ts?: string }): SendResult {
  if (answer.channel === undefined || answer.ts === undefined)
    return { kind: 'unknown', reason: 'the answer names no message' };
  const receipt: Receipt = { channel: answer.channel, ts: answer.ts };
  return { kind: 'sent', receipt };
}
