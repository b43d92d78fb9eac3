import { CronJob } from 'cron';
import { createCloudEvent } from '../../stream/cloud-event.ts';
import type { DigestDue, RuleFigures } from '../../stream/events/digest.ts';
import { digestDueType } from '../../stream/events/digest.ts';
import type { Producer } from '../../stream/port.ts';

/** What the digest asks of the history. */
export interface DigestSource {
  figuresByRule(range: { readonly sinceMs: number; readonly untilMs: number }): readonly RuleFigures[];
}

export interface DailyDigestOptions {
  readonly schedule: string;
  /** Of the schedule; undefined: the machine's. */
  readonly timezone: string | undefined;
  /** How far it looks back. */
  readonly spanMs: number;
  readonly receiver: string;
  readonly source: DigestSource;
  readonly producer: Producer;
  readonly onFailure: (error: unknown) => void;
}

export interface DailyDigest {
  start(): void;
  stop(): Promise<void>;
  /** Tells what happened until that moment; the same moment is told once, whoever asks. */
  tell(untilMs: number): Promise<void>;
}

/**
 * Reads the history at the times of a schedule and appends the figures to the stream; the notify stage makes a message
 * of them, so it goes through the same outbox as a page. A time at which Saccade did not run is left out.
 */
export function createDailyDigest(options: DailyDigestOptions): DailyDigest {
  const { schedule, timezone, spanMs, receiver, source, producer, onFailure } = options;
  let telling: Promise<void> = Promise.resolve();

  async function tell(untilMs: number): Promise<void> {
    const sinceMs = untilMs - spanMs;
    const rules = [...source.figuresByRule({ sinceMs, untilMs })];
    const data: DigestDue = { receiver, since_ms: sinceMs, until_ms: untilMs, rules };
    const id = `digest/${receiver}/${untilMs}`;
    const event = createCloudEvent({
      id,
      source: '/notify/digest',
      type: digestDueType,
      timeMs: untilMs,
      partitionkey: receiver,
      data,
    });
    await producer.append('alerts', [event]);
  }

  const job = CronJob.from({
    cronTime: schedule,
    ...(timezone !== undefined && { timeZone: timezone }),
    onTick: () => {
      // The time that was scheduled, so that two processes name the same digest.
      const untilMs = Math.floor((job.lastDate()?.getTime() ?? Date.now()) / 1_000) * 1_000;
      telling = tell(untilMs).catch(onFailure);
    },
  });
  return {
    start: () => job.start(),
    stop: async () => {
      await job.stop();
      await telling;
    },
    tell,
  };
}
