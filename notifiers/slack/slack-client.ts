import { WebClient } from '@slack/web-api';
import type { Secret } from '../../source-text/secret.ts';
import type { SlackConfig } from './config-schema.ts';
import { silentLogger } from './silent-logger.ts';

export type SlackClient = (signal: AbortSignal) => Promise<WebClient>;

/**
 * A client for the token as it is now. The library's own queue and retries are off: it pauses all channels when one is
 * throttled, and it repeats a post whose answer got lost.
 */
export function createSlackClient(config: SlackConfig, token: Secret): SlackClient {
  let current: { readonly token: string; readonly client: WebClient } | undefined;
  let signal: AbortSignal | undefined;
  const abortable = (own: AbortSignal | undefined) =>
    AbortSignal.any([own, signal].filter((one) => one !== undefined));
  return async (callSignal) => {
    const now = await token.reveal();
    // One delivery of a receiver is under way at a time, so the latest signal is that of every request.
    signal = callSignal;
    if (current?.token === now) return current.client;
    const client = new WebClient(now, {
      slackApiUrl: config.api_url,
      allowAbsoluteUrls: false,
      rejectRateLimitedCalls: true,
      retryConfig: { retries: 0 },
      timeout: config.timeout,
      logger: silentLogger,
      fetch: (url, init) => fetch(url, { ...init, signal: abortable(init?.signal) }),
    });
    current = { token: now, client };
    return client;
  };
}
