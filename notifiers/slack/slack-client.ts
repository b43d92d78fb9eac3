import { WebClient } from '@slack/web-api';
import type { Secret } from '../../source-text/secret.ts';
import type { SlackConfig } from './config-schema.ts';
import { silentLogger } from './silent-logger.ts';

export type SlackClient = (signal: AbortSignal) => Promise<WebClient>;

/**
 * A client for one delivery, with the token as it is now; its requests end with `signal`. The library's own queue and
 * retries are off: it pauses all channels when one is throttled, and it repeats a post whose answer got lost.
 */
export function createSlackClient(config: SlackConfig, token: Secret): SlackClient {
  return async (signal) =>
    new WebClient(await token.reveal(), {
      slackApiUrl: config.api_url,
      allowAbsoluteUrls: false,
      rejectRateLimitedCalls: true,
      retryConfig: { retries: 0 },
      timeout: config.timeout,
      logger: silentLogger,
      fetch: (url, init) =>
        fetch(url, { ...init, signal: AbortSignal.any(init?.signal ? [init.signal, signal] : [signal]) }),
    });
}
