import { secretOf } from '../config/secret-keys.ts';
import type { NotifierContext } from '../define-notifier.ts';
import { classifyAnswer } from '../http/classify-answer.ts';
import type { HttpAnswer } from '../http/post-json.ts';
import { failureOf, postJson } from '../http/post-json.ts';
import type { Delivery, Notifier, SendResult } from '../notifier.ts';
import type { PagerdutyConfig } from './config-schema.ts';
import { dedupKeyOf, pagerdutyEvent } from './pagerduty-event.ts';

/** Triggers, acknowledges and resolves incidents; PagerDuty deduplicates by key, so each is told exactly once. */
export function createPagerdutyNotifier(config: PagerdutyConfig, context: NotifierContext): Notifier {
  const routingKey = secretOf(config, 'routing_key', context);

  async function send(delivery: Delivery, signal: AbortSignal): Promise<SendResult> {
    try {
      const body = JSON.stringify(pagerdutyEvent(delivery, config, (await routingKey?.reveal()) ?? ''));
      const url = `${config.api_url}/v2/enqueue`;
      const answer = await postJson({ url, headers: {}, body, timeoutMs: config.timeout, signal });
      if (answer.kind !== 'answer') return answer;
      if (answer.status === 202) return { kind: 'sent', receipt: { dedup_key: dedupKeyOf(delivery) } };
      return explain(answer);
    } catch (error) {
      return failureOf(error);
    }
  }

  const queueKey = `pagerduty:${context.receiver}`;
  return { kind: 'pagerduty', queueKey, minGapMs: 0, idempotent: true, send };
}

/** An event that is malformed concerns itself; a key that is not taken concerns the receiver. */
function explain(answer: HttpAnswer): SendResult {
  if (answer.status === 400 && /routing_?\s?key/iu.test(answer.text))
    return { kind: 'refused', scope: 'receiver', reason: 'invalid_routing_key' };
  return classifyAnswer(answer);
}
