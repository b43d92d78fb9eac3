import { createHmac, timingSafeEqual } from 'node:crypto';
import { LRUCache } from 'lru-cache';

/** Slack's own bound (https://docs.slack.dev/authentication/verifying-requests-from-slack). */
const windowMs = 5 * 60_000;
/** More presses than this within the window are refused. */
const rememberedLimit = 10_000;

export interface SignedRequest {
  readonly timestamp: string;
  readonly signature: string;
  readonly body: string;
}
export type Verification = 'genuine' | 'too_old' | 'wrong_signature' | 'replayed' | 'too_many';

/** Checks that requests come from Slack, now, each once: signature version v0 over `v0:TIMESTAMP:BODY`. */
export function createRequestVerifier(nowMs: () => number) {
  const seen = new LRUCache<string, true>({
    max: rememberedLimit + 1,
    ttl: 2 * windowMs,
    perf: { now: nowMs },
  });
  return (secret: string, { timestamp, signature, body }: SignedRequest): Verification => {
    const atMs = /^\d{1,12}$/u.test(timestamp) ? Number(timestamp) * 1_000 : -Infinity;
    if (Math.abs(nowMs() - atMs) > windowMs) return 'too_old';
    const expected = Buffer.from(slackSignatureOf(secret, timestamp, body));
    const given = Buffer.from(signature);
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) return 'wrong_signature';
    if (seen.has(signature)) return 'replayed';
    seen.purgeStale();
    if (seen.size >= rememberedLimit) return 'too_many';
    seen.set(signature, true);
    return 'genuine';
  };
}

export const slackSignatureOf = (secret: string, timestamp: string, body: string): string =>
  `v0=${createHmac('sha256', secret).update(`v0:${timestamp}:${body}`).digest('hex')}`;
