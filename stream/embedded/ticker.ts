import { createCloudEvent } from '../cloud-event.ts';
import type { Clock } from '../clock.ts';
import { tickType, type TickEvent } from '../events/control.ts';
import type { Topic } from '../port.ts';
import type { StreamLogger } from '../stream-logger.ts';
import type { EmbeddedLog } from './embedded-log.ts';

/**
 * The topics whose stages take their time from the log, and how many intervals apart at least: repeats, silences and
 * groups are kept by the second.
 */
const tickedTopics: readonly { readonly topic: Topic; readonly every: number }[] = [
  { topic: 'signals', every: 1 },
  { topic: 'alerts', every: 4 },
];

/** Also where nothing waits for time to pass: proof that the stages move, and their housekeeping. */
const slowestMs = 10_000;

export interface TickerOptions {
  readonly log: EmbeddedLog;
  readonly clock: Clock;
  readonly intervalMs: number;
  /** How long the stages of a topic can go without a tick, as things are. */
  readonly withinMs: (topic: Topic) => number;
  /** false: the log is behind the present, and the time of now would come before what happened earlier. */
  readonly isPresent?: (() => boolean) | undefined;
  readonly logger: StreamLogger;
}

/**
 * Appends the time to the log, so that what depends on it can be replayed; as often as the stages need it, because on
 * an idle machine ticks are most of what there is to write. Returns the way to end it.
 */
export function startTicker(options: TickerOptions): () => void {
  let failing = false;
  const waited = tickedTopics.map(({ topic, every }) => ({ topic, every, intervals: Infinity }));
  const tick = (): void => {
    if (options.isPresent?.() === false) return;
    const due = waited.filter((one) => {
      one.intervals += 1;
      const withinMs = Math.min(options.withinMs(one.topic), slowestMs);
      return one.intervals >= Math.max(one.every, Math.floor(withinMs / options.intervalMs));
    });
    if (due.length === 0) return;
    for (const one of due) one.intervals = 0;
    const event = createTick(options.clock.nowMs(), options.log.records.lastOffset());
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
