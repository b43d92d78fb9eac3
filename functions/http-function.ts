import { CloudEvent as SdkEvent, HTTP, type Message } from 'cloudevents';
import { type Secret, SecretError } from '../source-text/secret.ts';
import type { CloudEvent } from '../stream/cloud-event.ts';
import { type EventFunction, FunctionError, type ReturnedEvent } from './event-function.ts';

export interface HttpFunctionOptions {
  readonly url: string;
  readonly mode: 'binary' | 'structured';
  readonly token: Secret | undefined;
}

/** Of an answer; more is refused unread. */
const maxAnswerBytes = 1024 * 1024;
const longestRetryAfterS = 300;

/**
 * A function behind HTTP: CloudEvents HTTP protocol binding 1.0.2
 * (https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/http-protocol-binding.md). A 2xx answer
 * without a body returns nothing; with one it is an event (binary or structured) or a batch. 408, 425, 429 and 5xx are
 * tried again, any other status is final. Redirects are not followed: they would carry the token elsewhere.
 */
export function createHttpFunction(options: HttpFunctionOptions): EventFunction {
  return async (event, signal) => {
    const { headers, body } = toMessage(event, options.mode);
    const authorization = await authorizationOf(options.token);
    const response = await send(options.url, {
      method: 'POST',
      headers: { ...headers, ...authorization, 'idempotency-key': event.id },
      body,
      redirect: 'manual',
      signal,
    });
    if (!response.ok) throw await statusError(response);
    return toReturned(response.headers, await readAnswer(response));
  };
}

function toMessage(
  event: CloudEvent,
  mode: HttpFunctionOptions['mode'],
): { readonly headers: Record<string, string>; readonly body: string } {
  const message = HTTP[mode](new SdkEvent({ ...event }));
  return { headers: message.headers as Record<string, string>, body: String(message.body) };
}

async function authorizationOf(token: Secret | undefined): Promise<Record<string, string>> {
  if (token === undefined) return {};
  try {
    return { authorization: `Bearer ${await token.reveal()}` };
  } catch (error) {
    if (!(error instanceof SecretError)) throw error;
    throw new FunctionError('secret', error.message, { retryable: true, cause: error });
  }
}

async function send(url: string, request: RequestInit): Promise<Response> {
  try {
    return await fetch(url, request);
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new FunctionError('unreachable', `no answer: ${why}`, { retryable: true, cause: error });
  }
}

async function statusError(response: Response): Promise<FunctionError> {
  await response.body?.cancel();
  const { status } = response;
  const retryable = status === 408 || status === 425 || status === 429 || status >= 500;
  const afterS = Number(response.headers.get('retry-after') ?? NaN);
  return new FunctionError('status', `it answered with status ${status}`, {
    retryable,
    ...(afterS >= 0 && { retryAfterMs: Math.min(afterS, longestRetryAfterS) * 1000 }),
  });
}

async function readAnswer(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  try {
    for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
      bytes += chunk.byteLength;
      if (bytes > maxAnswerBytes) throw answerError(`more than ${maxAnswerBytes} bytes`);
      chunks.push(chunk);
    }
  } catch (error) {
    if (error instanceof FunctionError) throw error;
    throw new FunctionError('unreachable', 'the answer broke off', { retryable: true, cause: error });
  }
  return Buffer.concat(chunks).toString('utf8');
}

function toReturned(headers: Headers, body: string): readonly ReturnedEvent[] {
  if (body.trim() === '') return [];
  const message: Message = { headers: Object.fromEntries(headers), body };
  try {
    const parsed = HTTP.toEvent<unknown>(message);
    return [parsed].flat().map(({ type, data }) => ({ type, data }));
  } catch (error) {
    throw answerError(error instanceof Error ? error.message : String(error), error);
  }
}

/** The function took the event: asking again would do its work twice. */
function answerError(why: string, cause?: unknown): FunctionError {
  return new FunctionError('answer', `what it answered is no CloudEvent: ${why}`, {
    retryable: false,
    cause,
  });
}
