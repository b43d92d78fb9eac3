import type { Clock } from './clock.ts';

export interface HeartbeatOptions {
  readonly url: string;
  readonly everyMs: number;
  /**
   * Counters along the way from agent to notify. Each must have moved since the last beat: a stage that stands still
   * stops the beats, and the receiver of the heartbeat pages.
   */
  readonly progress: readonly (() => number)[];
  readonly clock: Clock;
  readonly fetch: (
    url: string,
    init: { readonly method: 'GET'; readonly signal: AbortSignal },
  ) => Promise<{ readonly ok: boolean }>;
  readonly onBeat?: (outcome: BeatOutcome) => void;
}

/** `still`: not sent, because events do not move. */
export type BeatOutcome = 'sent' | 'still' | 'failed';

export interface Heartbeat {
  start(): void;
  stop(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

const timeoutMs = 10_000;

/** A dead man's switch: calls a URL at an interval, but only while events move from agent to notify. */
export function createHeartbeat(options: HeartbeatOptions): Heartbeat {
  const stopping = new AbortController();
  let running: Promise<void> = Promise.resolve();
  const run = async (): Promise<void> => {
    let before = options.progress.map((counter) => counter());
    while (!stopping.signal.aborted) {
      await options.clock.sleep(options.everyMs, stopping.signal);
      if (stopping.signal.aborted) return;
      const now = options.progress.map((counter) => counter());
      const moved = now.every((count, index) => count > (before[index] ?? 0));
      before = now;
      options.onBeat?.(moved ? await beat(options, stopping.signal) : 'still');
    }
  };
  const stop = async (): Promise<void> => {
    stopping.abort();
    await running;
  };
  return {
    start: () => {
      running = run();
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

async function beat(options: HeartbeatOptions, stopping: AbortSignal): Promise<BeatOutcome> {
  try {
    const signal = AbortSignal.any([stopping, AbortSignal.timeout(timeoutMs)]);
    const answer = await options.fetch(options.url, { method: 'GET', signal });
    return answer.ok ? 'sent' : 'failed';
  } catch {
    // Whoever expects the beat notices its absence; that is what it is for.
    return 'failed';
  }
}
