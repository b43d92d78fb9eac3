import { secretOf } from '../config/secret-keys.ts';
import type { NotifierContext } from '../define-notifier.ts';
import { classifyAnswer, isSuccess } from '../http/classify-answer.ts';
import { failureOf, postJson } from '../http/post-json.ts';
import type { Delivery, Notifier, SendResult } from '../notifier.ts';
import { alertmanagerBody } from './alertmanager-body.ts';
import { cloudeventsBody } from './cloudevents-body.ts';
import type { WebhookConfig } from './config-schema.ts';
import { signatureOf } from './signature.ts';

/** Posts each state of a message; at least once, with its id as `Idempotency-Key`. */
export function createWebhookNotifier(config: WebhookConfig, context: NotifierContext): Notifier {
  const { url: written, timeout: timeoutMs, format } = config;
  const url = secretOf(config, 'url', context);
  const secret = secretOf(config, 'secret', context);
  const token = secretOf(config, 'token', context);

  async function headersOf(delivery: Delivery, body: string): Promise<Record<string, string>> {
    const timestampS = Math.floor(context.nowMs() / 1_000);
    return {
      ...(format === 'cloudevents' && { 'content-type': 'application/cloudevents+json; charset=utf-8' }),
      // A structured string, as the draft asks for (draft-ietf-httpapi-idempotency-key-header).
      'idempotency-key': JSON.stringify(delivery.id),
      ...(token && { authorization: `Bearer ${await token.reveal()}` }),
      ...(secret && {
        'saccade-timestamp': String(timestampS),
        'saccade-signature': signatureOf(await secret.reveal(), timestampS, body),
      }),
    };
  }

  async function send(delivery: Delivery, signal: AbortSignal): Promise<SendResult> {
    const shape = format === 'cloudevents' ? cloudeventsBody : alertmanagerBody;
    const body = JSON.stringify(shape(delivery, context.receiver));
    try {
      const target = written ?? (await url?.reveal()) ?? '';
      if (!URL.canParse(target))
        return { kind: 'refused', scope: 'receiver', reason: 'the address is no URL' };
      const headers = await headersOf(delivery, body);
      const answer = await postJson({ url: target, headers, body, timeoutMs, signal });
      if (answer.kind !== 'answer') return answer;
      return isSuccess(answer)
        ? { kind: 'sent', receipt: { status: String(answer.status) } }
        : classifyAnswer(answer);
    } catch (error) {
      return failureOf(error);
    }
  }

  return { kind: 'webhook', queueKey: `webhook:${context.receiver}`, minGapMs: 0, send };
}
