import { setTimeout as sleep } from 'node:timers/promises';
import type { CloudEvent } from './cloud-event.ts';
import type { Clock } from './clock.ts';
import type { EmbeddedLog } from './embedded/embedded-log.ts';
import { LogError } from './embedded/log-error.ts';
import { WakeSignal } from './embedded/wake-signal.ts';
import type { StreamRecord, Topic } from './port.ts';

/** The other end: Kafka, or a server over HTTP. */
export interface RecordSender {
  /** Tries for as long as it may help; rejects when `signal` ends that, or for good. Resolved: they are durable there. */
  send(records: readonly StreamRecord[], signal: AbortSignal): Promise<void>;
}

/** The places between which a crash may fall, in the order in which a batch passes them. */
export const uploadFaultPoints = ['upload:read', 'upload:sent', 'upload:noted'] as const;
export type UploadFaultPoint = (typeof uploadFaultPoints)[number];

export interface UploaderOptions {
  readonly log: EmbeddedLog;
  readonly sender: RecordSender;
  /** Under which its place is kept; one for each uploader of a log. */
  readonly name: string;
  readonly topics: readonly Topic[];
  /** Which of the log's events are this process's own; the others came from the other end. */
  readonly isOwn: (topic: Topic, event: CloudEvent) => boolean;
  readonly clock: Clock;
  /** The log cannot be read or noted in any more, or the other end refuses for good. */
  readonly onFatal: (error: Error) => void;
  /** A throw there is a death. */
  readonly onPoint?: (point: UploadFaultPoint) => void;
}

export interface Uploader {
  start(): void;
  /** Ends after the batch in hand, or at once if the other end is away: what is left waits in the log. */
  stop(): Promise<void>;
  /** Records that wait, counted up to 10,000 a topic. */
  waiting(): number;
}

const batchRecords = 500;
const retryMs = 500;

/**
 * Carries what this process appends to its own log on to the other end, in order, at least once: the place is noted
 * after it has acknowledged, and who reads drops what a crash in between repeats.
 *
 * So the log is the spool for the time without it: it is bounded on disk, and beyond its bound quiet
 * observations go first and candidates last, each counted (stream/embedded/retention.ts).
 */
export function createUploader(options: UploaderOptions): Uploader {
  const { log, name, topics, clock, sender, isOwn, onFatal, onPoint = () => undefined } = options;
  const wake = new WakeSignal();
  const stopping = new AbortController();
  let position = log.stages.offset(name);
  let endings: (() => void)[] = [];
  let done: Promise<void> = Promise.resolve();

  async function step(): Promise<boolean> {
    const entries = log.records.read(topics, position, batchRecords);
    const last = entries.at(-1);
    if (last === undefined) return false;
    const own = entries.flatMap((entry) =>
      entry.kind === 'record' && isOwn(entry.record.topic, entry.record.event) ? [entry.record] : [],
    );
    onPoint('upload:read');
    if (own.length > 0) await sender.send(own, stopping.signal);
    onPoint('upload:sent');
    const offset = last.kind === 'record' ? last.record.offset : last.offset;
    log.transact(() => log.stages.setOffset(name, offset, clock.nowMs()));
    position = offset;
    onPoint('upload:noted');
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

  /** What was appended last goes out before the process ends, if the other end is there. */
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
