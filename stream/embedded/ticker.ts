import { createCloudEvent } from '../cloud-event.ts';
import type { Clock } from '../clock.ts';
import { tickType, type TickEvent } from '../events/control.ts';
import type { Topic } from '../port.ts';
import type { StreamLogger } from '../stream-logger.ts';
import type { EmbeddedLog } from './embedded-log.ts';

/**
 * The topics whose stages take their time from the log, and how many ticks apart: repeats, silences and groups are
 * kept by the second.
 */
const tickedTopics: readonly { readonly topic: Topic; readonly every: number }[] = [
  { topic: 'signals', every: 1 },
  { topic: 'alerts', every: 4 },
];

export interface TickerOptions {
  readonly log: EmbeddedLog;
  readonly clock: Clock;
  readonly intervalMs: number;
  readonly logger: StreamLogger;
}

/** Appends the time to the log, so that what depends on it can be replayed. Returns the way to end it. */
export function startTicker(options: TickerOptions): () => void {
  let failing = false;
  let count = 0;
  const tick = (): void => {
    const event = createTick(options.clock.nowMs(), options.log.records.lastOffset());
    const due = tickedTopics.filter(({ every }) => count % every === 0);
    count += 1;
    Promise.all(due.map(({ topic }) => options.log.append(topic, [event]))).then(
      () => (failing = false),
      (error: unknown) => {
        // A missed tick is made good by the next one; only the first of a row is worth a line.
        if (!failing) options.logger.warn({ error }, 'ticks are not appended');
        failing = true;
      },
    );
  };
  tick();
  const timer = setInterval(tick, options.intervalMs);
  return () => clearInterval(timer);
}

/** `offset`, the log's last, makes the id unique even if the clock is set back. */
export function createTick(timeMs: number, offset: number): TickEvent {
  return createCloudEvent({
    id: `${timeMs}/${offset}`,
    source: '/stream/clock',
    type: tickType,
    timeMs,
    partitionkey: 'clock',
    data: {},
  });
}
