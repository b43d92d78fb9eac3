import type { SendResult } from '../notifier.ts';
import type { HttpAnswer } from './post-json.ts';

/** The message itself is at fault; another one would pass. */
const messageStatuses: ReadonlySet<number> = new Set([400, 409, 413, 415, 422]);
/** Certainly not taken, and may pass soon. */
const transientStatuses: ReadonlySet<number> = new Set([408, 425, 429, 503]);

/**
 * What an HTTP status that is no success means. Total. A 5xx leaves the outcome unknown, since it may come from a proxy
 * after the receiver took the message; 503 is the receiver's own word that it did not.
 */
export function classifyAnswer({ status, retryAfterMs }: HttpAnswer): Exclude<SendResult, { kind: 'sent' }> {
  const reason = `http_${status}`;
  if (transientStatuses.has(status)) return { kind: 'retry-after', ms: retryAfterMs, reason };
  if (status >= 500) return { kind: 'unknown', reason };
  return { kind: 'refused', scope: messageStatuses.has(status) ? 'message' : 'receiver', reason };
}

export const isSuccess = ({ status }: HttpAnswer): boolean => status >= 200 && status < 300;
