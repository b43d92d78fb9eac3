import { setTimeout as sleep } from 'node:timers/promises';
import type { CloudEvent } from '../cloud-event.ts';
import type { Clock } from '../clock.ts';
import type { EmbeddedLog } from '../embedded/embedded-log.ts';
import { LogError } from '../embedded/log-error.ts';
import { WakeSignal } from '../embedded/wake-signal.ts';
import type { Topic } from '../port.ts';
import { toMessages } from './output-messages.ts';
import type { PatientSender } from './patient-sender.ts';
import type { TopicPlan } from './topic-plan.ts';

export interface UploaderOptions {
  readonly log: EmbeddedLog;
  readonly sender: PatientSender;
  readonly plan: TopicPlan;
  readonly topics: readonly Topic[];
  /** Which of the log's events are this process's own; the others came from Kafka. */
  readonly isOwn: (topic: Topic, event: CloudEvent) => boolean;
  readonly clock: Clock;
  /** The log cannot be read or noted in any more, or the broker refuses for good. */
  readonly onFatal: (error: Error) => void;
}

export interface Uploader {
  start(): void;
  /** Ends after the batch in hand, or at once if the broker is away: what is left waits in the log. */
  stop(): Promise<void>;
  /** Records that wait, counted up to 10,000 a topic. */
  waiting(): number;
}

const consumerName = 'kafka/upload';
const batchRecords = 500;
const retryMs = 500;

/**
 * Carries what this process appends to its own log on to Kafka, in order, at least once: the place is noted after
 * the broker has acknowledged, and who reads drops what a crash in between repeats.
 *
 * So the log is the spool for the time without a broker: it is bounded on disk, and beyond its bound quiet
 * observations go first and candidates last, each counted (stream/embedded/retention.ts).
 */
export function createUploader(options: UploaderOptions): Uploader {
  const { log, topics, clock, sender, plan, isOwn, onFatal } = options;
  const wake = new WakeSignal();
  const stopping = new AbortController();
  let position = log.stages.offset(consumerName);
  let endings: (() => void)[] = [];
  let done: Promise<void> = Promise.resolve();

  async function step(): Promise<boolean> {
    const entries = log.records.read(topics, position, batchRecords);
    const last = entries.at(-1);
    if (last === undefined) return false;
    const own = entries.flatMap((entry) =>
      entry.kind === 'record' && isOwn(entry.record.topic, entry.record.event) ? [entry.record] : [],
    );
    if (own.length > 0) await sender.send(toMessages(plan, own), stopping.signal);
    const offset = last.kind === 'record' ? last.record.offset : last.offset;
    log.transact(() => log.stages.setOffset(consumerName, offset, clock.nowMs()));
    position = offset;
    return true;
  }

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      try {
        if (!(await step())) await wake.wait();
      } catch (error) {
        if (!(error instanceof LogError) || !error.retryable) throw error;
        // The same batch again: repeats are dropped where they are read.
        await sleep(retryMs, undefined, { signal: stopping.signal });
      }
    }
  }

  function start(): void {
    endings = [log.onAppend(() => wake.wake()), log.addConsumer({ topics, position: () => position })];
    done = run().catch((error: unknown) => {
      if (!stopping.signal.aborted) onFatal(error instanceof Error ? error : new Error(String(error)));
    });
  }

  async function stop(): Promise<void> {
    const patience = setTimeout(() => stopping.abort(), waiting() === 0 ? 0 : stopPatienceMs);
    await Promise.race([drained(), aborted(stopping.signal)]);
    clearTimeout(patience);
    stopping.abort();
    wake.wake();
    for (const end of endings.splice(0)) end();
    await done;
  }

  const waiting = (): number => log.records.countAfter(topics, position, 10_000);

  /** What was appended last goes out before the process ends, if the broker is there. */
  async function drained(): Promise<void> {
    while (!stopping.signal.aborted && waiting() > 0) await sleep(20);
  }

  return { start, stop, waiting };
}

const stopPatienceMs = 2_000;

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
