import { randomUUID } from 'node:crypto';
import { createCloudEvent } from '../../stream/cloud-event.ts';
import type { Producer } from '../../stream/port.ts';
import type { Clock } from '../clock.ts';
import type { Notifier } from '../notifier.ts';
import type { OutboxJob } from '../stage/entries.ts';
import type { PhaseFields } from '../stage/notification-event.ts';
import { createNotificationEvent } from '../stage/notification-event.ts';
import type { NotifyStage } from '../stage/notify-stage.ts';
import { fenceType } from '../stage/outbox-view.ts';
import { ReceiverQueue } from './receiver-queue.ts';
import type { RetryPolicy } from './retry.ts';
import { defaultRetryPolicy } from './retry.ts';

export interface SenderOptions {
  readonly stage: Pick<NotifyStage, 'outbox' | 'receivers'>;
  readonly producer: Producer;
  /** By receiver name. */
  readonly notifiers: ReadonlyMap<string, Notifier>;
  readonly clock: Clock;
  readonly random: () => number;
  readonly policy?: RetryPolicy;
  /** Bounds one request, whatever the notifier does. */
  readonly timeoutMs?: number;
  /** Every phase that was recorded: metrics and delays. */
  readonly onPhase?: (job: OutboxJob, fields: PhaseFields) => void;
  /** The log could not be appended to; it is tried again. */
  readonly onAppendFailure?: (error: unknown) => void;
}

export interface ReceiverHealth {
  readonly name: string;
  readonly kind: string;
  readonly ready: boolean;
  readonly reason: string | null;
  readonly waiting: number;
  readonly oldestWaitMs: number;
}

export interface OutboxSender {
  /** Begins once every record that an earlier sender appended is folded in. */
  start(): Promise<void>;
  /** Finishes the requests in flight and records their outcome. */
  stop(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
  health(): readonly ReceiverHealth[];
}

const source = '/notify/outbox';
const appendRetryMs = 1_000;
const defaultTimeoutMs = 30_000;

/** Sends what the stage's outbox holds: one queue a channel, woken by the commit that made a message durable. */
export function createOutboxSender(options: SenderOptions): OutboxSender {
  const { stage, clock, notifiers } = options;
  const stopping = new AbortController();
  const fence = randomUUID();
  const queues = new Map<string, ReceiverQueue>();
  const refused = new Set<string>();

  const append = async (event: Parameters<Producer['append']>[1][number]): Promise<boolean> => {
    for (;;) {
      try {
        await options.producer.append('notifications', [event]);
        return true;
      } catch (error) {
        options.onAppendFailure?.(error);
        if (stopping.signal.aborted) return false;
        await clock.sleep(appendRetryMs, stopping.signal);
      }
    }
  };
  const record = async (job: OutboxJob, fields: PhaseFields): Promise<boolean> => {
    if (fields.phase === 'sending' && stopping.signal.aborted) return false;
    const done = await append(createNotificationEvent(source, job, fields));
    if (done) options.onPhase?.(job, fields);
    return done;
  };

  const jobsOf = (key: string) =>
    [...stage.outbox.jobs()].flatMap((job): (readonly [OutboxJob, Notifier])[] => {
      const notifier = notifiers.get(job.receiver);
      return notifier !== undefined && queueKeyOf(job, notifier) === key ? [[job, notifier]] : [];
    });
  const queueOf = (key: string): ReceiverQueue => {
    const known = queues.get(key);
    if (known) return known;
    const { policy = defaultRetryPolicy, timeoutMs = defaultTimeoutMs, random } = options;
    const queue = new ReceiverQueue({ clock, random, policy, timeoutMs, record, jobs: () => jobsOf(key) });
    queues.set(key, queue);
    return queue;
  };
  /** A receiver that the configuration no longer has cannot be told anything. */
  const dropUnknown = async (job: OutboxJob): Promise<void> => {
    if (refused.has(job.id)) return;
    refused.add(job.id);
    const reason = `receiver "${job.receiver}" is not configured any more`;
    await record(job, { phase: 'dropped', atMs: clock.nowMs(), attempt: job.attempt, reason });
  };
  const pending = new Set<Promise<void>>();
  const wake = (): void => {
    if (stage.outbox.fence() !== fence || stopping.signal.aborted) return;
    for (const job of stage.outbox.jobs()) {
      const notifier = notifiers.get(job.receiver);
      if (notifier) queueOf(queueKeyOf(job, notifier)).wake();
      else track(pending, dropUnknown(job));
    }
    for (const id of refused) if (!stage.outbox.has(id)) refused.delete(id);
  };

  const stop = async (): Promise<void> => {
    stopping.abort();
    await Promise.all([...[...queues.values()].map((queue) => queue.stop()), ...pending]);
  };
  return {
    async start() {
      stage.outbox.onChange(wake);
      const timeMs = clock.nowMs();
      await append(
        createCloudEvent({ id: fence, source, type: fenceType, timeMs, partitionkey: 'outbox', data: {} }),
      );
    },
    stop,
    [Symbol.asyncDispose]: stop,
    health: () => [...notifiers].map(([name, { kind }]) => healthOf(options, name, kind)),
  };
}

/** Pictures have a queue of their own: to draw and to upload takes seconds, and no page waits behind that. */
const queueKeyOf = ({ content }: OutboxJob, { queueKey }: Notifier): string =>
  content.chart?.alone === true ? `${queueKey} pictures` : queueKey;

function track(pending: Set<Promise<void>>, work: Promise<void>): void {
  pending.add(work);
  void work.finally(() => pending.delete(work));
}

function healthOf({ stage, clock }: SenderOptions, name: string, kind: string): ReceiverHealth {
  const entry = stage.receivers().find((receiver) => receiver.name === name);
  const waiting = [...stage.outbox.jobs()].filter(({ receiver }) => receiver === name);
  const oldestMs = Math.min(clock.nowMs(), ...waiting.map(({ queuedMs }) => queuedMs));
  return {
    name,
    kind,
    ready: entry?.ready ?? true,
    reason: entry?.reason ?? null,
    waiting: waiting.length,
    oldestWaitMs: clock.nowMs() - oldestMs,
  };
}
