import { secretOf } from '../config/secret-keys.ts';
import type { NotifierContext } from '../define-notifier.ts';
import { classifyAnswer, isSuccess } from '../http/classify-answer.ts';
import { failureOf, postJson } from '../http/post-json.ts';
import type { Delivery, Notifier, SendResult } from '../notifier.ts';
import type { AlertmanagerConfig } from './config-schema.ts';
import { postableAlerts } from './postable-alerts.ts';

/**
 * Posts to every instance, as Prometheus does: they deduplicate among themselves by labels, so each alert is told
 * exactly once; one that takes it is enough, the others get it with the next send.
 */
export function createAlertmanagerNotifier(config: AlertmanagerConfig, context: NotifierContext): Notifier {
  const token = secretOf(config, 'token', context);
  const password = secretOf(config, 'password', context);

  async function authorization(): Promise<Record<string, string>> {
    if (token) return { authorization: `Bearer ${await token.reveal()}` };
    if (!password) return {};
    const pair = Buffer.from(`${config.username ?? ''}:${await password.reveal()}`).toString('base64');
    return { authorization: `Basic ${pair}` };
  }

  async function send(delivery: Delivery, signal: AbortSignal): Promise<SendResult> {
    try {
      const body = JSON.stringify(postableAlerts(delivery, context.receiver, config, context.nowMs()));
      const headers = await authorization();
      const results = await Promise.all(
        config.urls.map((url) =>
          sendTo(`${url}/api/v2/alerts`, { headers, body, timeoutMs: config.timeout, signal }),
        ),
      );
      return best(results);
    } catch (error) {
      return failureOf(error);
    }
  }

  const queueKey = `alertmanager:${context.receiver}`;
  return { kind: 'alertmanager', queueKey, minGapMs: 0, idempotent: true, send };
}

async function sendTo(
  url: string,
  request: Omit<Parameters<typeof postJson>[0], 'url'>,
): Promise<SendResult> {
  const answer = await postJson({ url, ...request });
  if (answer.kind !== 'answer') return answer;
  return isSuccess(answer) ? { kind: 'sent', receipt: {} } : classifyAnswer(answer);
}

/** Taken by one is taken; else what may still pass speaks for all. */
function best(results: readonly SendResult[]): SendResult {
  const taken = results.filter(({ kind }) => kind === 'sent').length;
  if (taken > 0) return { kind: 'sent', receipt: { instances: `${taken} of ${results.length}` } };
  const order = ['retry-after', 'unknown', 'refused'] as const;
  for (const kind of order) {
    const found = results.find((result) => result.kind === kind);
    if (found) return found;
  }
  return { kind: 'refused', scope: 'receiver', reason: 'no instance' };
}
