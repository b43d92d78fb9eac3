import { SecretError } from '../../source-text/secret.ts';
import type { SendResult } from '../notifier.ts';
import { retryAfterMs } from './retry-after.ts';
import { classifyTransportError } from './transport-error.ts';

export interface PostRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** A complete answer; `text` is its beginning. */
export interface HttpAnswer {
  readonly kind: 'answer';
  readonly status: number;
  readonly text: string;
  /** As the receiver asked for, within a day; null: it did not. */
  readonly retryAfterMs: number | null;
}

const answerLimitBytes = 64 * 1024;

/**
 * One POST, without retries. Redirects are not followed: a body and its headers hold secrets that another host must not
 * see. Never rejects.
 */
export async function postJson(
  request: PostRequest,
): Promise<HttpAnswer | Exclude<SendResult, { kind: 'sent' }>> {
  try {
    const response = await fetch(request.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'user-agent': 'saccade', ...request.headers },
      body: request.body,
      redirect: 'manual',
      signal: AbortSignal.any([request.signal, AbortSignal.timeout(request.timeoutMs)]),
    });
    const wait = retryAfterMs(
      response.headers.get('retry-after'),
      Date.parse(response.headers.get('date') ?? ''),
    );
    return { kind: 'answer', status: response.status, text: await readHead(response), retryAfterMs: wait };
  } catch (error) {
    return failureOf(error);
  }
}

/** What an error before or instead of an answer means for the message. */
export function failureOf(error: unknown): Exclude<SendResult, { kind: 'sent' }> {
  if (error instanceof SecretError) return { kind: 'refused', scope: 'receiver', reason: error.message };
  if (!(error instanceof Error)) return { kind: 'unknown', reason: 'no complete answer (error)' };
  const { code: _code, ...result } = classifyTransportError(error);
  return result;
}

async function readHead(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  if (response.body === null) return '';
  for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
    chunks.push(chunk);
    size += chunk.length;
    if (size >= answerLimitBytes) break;
  }
  return Buffer.concat(chunks).subarray(0, answerLimitBytes).toString('utf8');
}
