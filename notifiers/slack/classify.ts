import {
  WebAPIHTTPError,
  WebAPIPlatformError,
  WebAPIRateLimitedError,
  WebAPIRequestError,
} from '@slack/web-api';
import { SecretError } from '../../source-text/secret.ts';
import { classifyTransportError } from '../http/transport-error.ts';
import type { SendResult } from '../notifier.ts';

export type Failure = Exclude<SendResult, { kind: 'sent' }> & { readonly code: string };

/** The message itself is at fault; another one would pass. */
const messageCodes: ReadonlySet<string> = new Set([
  'msg_too_long',
  'msg_blocks_too_long',
  'invalid_blocks',
  'invalid_blocks_format',
  'invalid_arguments',
  'no_text',
  'too_many_attachments',
  'invalid_metadata_format',
  'invalid_metadata_schema',
  'metadata_too_large',
  'message_not_found',
  'cant_update_message',
  'edit_window_closed',
  'cant_broadcast_message',
  'cannot_reply_to_message',
  'thread_not_found',
]);

/** Certainly not delivered, and may pass soon. */
const transientCodes: ReadonlySet<string> = new Set([
  'ratelimited',
  'rate_limited',
  'message_limit_exceeded',
  'request_timeout',
  'service_unavailable',
  'team_added_to_org',
]);

/** Slack's own words: "it's possible some aspect of the operation succeeded". */
const unclearCodes: ReadonlySet<string> = new Set(['fatal_error', 'internal_error']);

/** Formatting that Slack does not take; the same words without it may pass. */
export const formatCodes: ReadonlySet<string> = new Set([
  'msg_blocks_too_long',
  'invalid_blocks',
  'invalid_blocks_format',
  'invalid_arguments',
  'invalid_metadata_format',
  'invalid_metadata_schema',
  'metadata_too_large',
]);

/** The message to edit is gone or closed: news then needs a new message. */
export const goneCodes: ReadonlySet<string> = new Set([
  'message_not_found',
  'cant_update_message',
  'edit_window_closed',
]);

/**
 * What a failed call means. Total: a code that is not known here was still an answer "no" and waits for a person; an
 * error that is not known leaves the outcome unknown. Reasons hold codes, never texts of errors, which may quote
 * headers.
 */
export function classifyFailure(error: unknown): Failure {
  if (error instanceof SecretError) return refused('receiver', error.code, error.message);
  if (error instanceof WebAPIRateLimitedError)
    return { kind: 'retry-after', ms: error.retryAfter * 1_000, reason: 'rate limited', code: 'ratelimited' };
  if (error instanceof WebAPIPlatformError) return classifyCode(error.data.error);
  if (error instanceof WebAPIHTTPError) return classifyStatus(error.statusCode);
  if (error instanceof WebAPIRequestError) return classifyTransportError(error.original);
  return unknown('no_answer', `no complete answer (${error instanceof Error ? error.name : 'error'})`);
}

function classifyCode(code: unknown): Failure {
  if (typeof code !== 'string' || !/^[a-z][a-z0-9_]{0,63}$/u.test(code))
    return unknown('not_slack', "the answer is not one of Slack's; is api_url right?");
  if (transientCodes.has(code)) return { kind: 'retry-after', ms: null, reason: code, code };
  if (unclearCodes.has(code)) return unknown(code, code);
  return refused(messageCodes.has(code) ? 'message' : 'receiver', code, code);
}

function classifyStatus(status: number): Failure {
  const code = `http_${status}`;
  if (status === 429) return { kind: 'retry-after', ms: null, reason: code, code };
  return status >= 500 ? unknown(code, code) : refused('receiver', code, code);
}

const refused = (scope: 'receiver' | 'message', code: string, reason: string): Failure => ({
  kind: 'refused',
  scope,
  reason,
  code,
});
const unknown = (code: string, reason: string): Failure => ({ kind: 'unknown', reason, code });
