import type { SocketModeClient } from '@slack/socket-mode';
import type { Secret } from '../../source-text/secret.ts';
import type { Listener } from '../listener.ts';
import { answerInteraction, type InteractionOptions } from './answer-press.ts';
import { classifyFailure } from './classify.ts';
import { silentLogger } from './silent-logger.ts';

export interface SocketListenerOptions extends InteractionOptions {
  readonly apiUrl: string;
  readonly appToken: Secret;
  /** Resolves after the time or as soon as the signal aborts. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
}

const firstRetryMs = 1_000;
const longestRetryMs = 60_000;
/** Slack greets at once. */
const helloWithinMs = 30_000;

interface Interactive {
  readonly body: unknown;
  readonly ack: () => Promise<void>;
}

/**
 * Hears buttons without a public address: Saccade opens the WebSocket, Slack sends through it. It reconnects by itself:
 * the library's own reconnection leaves a rejected promise to nobody, which would end the process.
 */
export function createSocketListener(options: SocketListenerOptions): Listener {
  const stopping = new AbortController();
  const working = new Set<Promise<void>>();
  let running: Promise<void> = Promise.resolve();

  /** Stays until the connection ends. Resolves to whether it came about. */
  async function connectOnce(): Promise<boolean> {
    const client = await createClient(options);
    const ended = new Promise<void>((resolve) => client.once('disconnected', () => resolve()));
    client.on('interactive', ({ body, ack }: Interactive) => {
      const work = answerInteraction(options, body, () => ack());
      working.add(work);
      void work.finally(() => working.delete(work));
    });
    const close = (): void => void client.disconnect();
    stopping.signal.addEventListener('abort', close, { once: true });
    const started = client.start().then(
      () => null,
      (error: unknown) => reasonOf(error),
    );
    const late = options.sleep(helloWithinMs, stopping.signal).then(() => 'no hello');
    const fault = await Promise.race([started, late]);
    if (fault === null) await ended;
    else {
      close();
      if (!stopping.signal.aborted) options.onTrouble(`buttons are not heard: ${fault}`);
    }
    stopping.signal.removeEventListener('abort', close);
    return fault === null;
  }

  async function run(): Promise<void> {
    let waitMs = firstRetryMs;
    while (!stopping.signal.aborted) {
      const connected = await connectOnce();
      waitMs = connected ? firstRetryMs : Math.min(longestRetryMs, waitMs * 2);
      await options.sleep(waitMs, stopping.signal);
    }
  }

  return {
    start: async () => {
      running = run().catch((error: unknown) =>
        options.onTrouble(`buttons are not heard any more: ${reasonOf(error)}`),
      );
    },
    stop: async () => {
      stopping.abort();
      await running;
      await Promise.all(working);
    },
  };
}

async function createClient({ apiUrl, appToken }: SocketListenerOptions): Promise<SocketModeClient> {
  // Only receivers with buttons load it.
  const { SocketModeClient: Client } = await import('@slack/socket-mode');
  return new Client({
    appToken: await appToken.reveal(),
    autoReconnectEnabled: false,
    logger: silentLogger,
    clientOptions: { slackApiUrl: apiUrl, retryConfig: { retries: 0 }, timeout: 10_000 },
  });
}

/** A code; texts of errors may quote the token. */
const reasonOf = (error: unknown): string => classifyFailure(error).reason;
