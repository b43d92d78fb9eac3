import type { Clock } from '../clock.ts';
import type { Notifier, SendResult } from '../notifier.ts';
import type { OutboxJob } from '../stage/entries.ts';
import type { PhaseFields } from '../stage/notification-event.ts';
import { supersededReason } from '../stage/notification-event.ts';
import type { JobProgress } from './attempt.ts';
import { findSafely, initialProgress, sendSafely, toDelivery } from './attempt.ts';
import type { RetryPolicy } from './retry.ts';
import { backoffMs } from './retry.ts';

export interface QueueOptions {
  readonly clock: Clock;
  readonly random: () => number;
  readonly policy: RetryPolicy;
  readonly timeoutMs: number;
  /** Appends the phase durably; resolves false when the sender is stopping. */
  readonly record: (job: OutboxJob, fields: PhaseFields) => Promise<boolean>;
  /** Durable jobs of this queue, oldest first, with their notifiers. */
  readonly jobs: () => readonly (readonly [OutboxJob, Notifier])[];
}

const detail = (job: OutboxJob): boolean => job.purpose === 'thread' || job.purpose === 'update';
/** To edit twice is to edit once; only what adds something can be doubled, unless the receiver knows its key. */
const canBeDoubled = (job: OutboxJob, notifier: Notifier): boolean =>
  job.operation !== 'edit' && notifier.idempotent !== true;

/** What nobody has heard of yet before what is known to have changed, that before its figures, and details at last. */
const rank = (job: OutboxJob): number => {
  if (job.operation === 'post') return 0;
  if (job.purpose === 'thread' && !job.broadcast) return 3;
  return job.purpose === 'update' ? 2 : 1;
};

/**
 * The messages of one channel, one at a time: new alerts before changes before figures before details, each after the message that it
 * belongs to. A channel that is throttled or refuses delays nobody else.
 *
 * Invariant: `sending` is durable before the request leaves, its outcome after. So whatever stops the process, the
 * log tells which messages may have arrived, and those are asked for before they are sent again.
 */
export class ReceiverQueue {
  readonly #options: QueueOptions;
  readonly #progress = new Map<string, JobProgress>();
  #blockedUntilMs = 0;
  #lastPostMs = -Infinity;
  #running = false;
  #stopped = false;
  #interrupt = new AbortController();
  #done: Promise<void> = Promise.resolve();

  constructor(options: QueueOptions) {
    this.#options = options;
  }

  /** Looks for work now; cheap to call when there is none. */
  wake(): void {
    if (this.#running) this.#interrupt.abort();
    else if (!this.#stopped) {
      this.#running = true;
      this.#done = this.#run();
    }
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#interrupt.abort();
    await this.#done;
  }

  async #run(): Promise<void> {
    try {
      for (;;) {
        const waitMs = await this.#step();
        if (this.#stopped) return;
        if (this.#interrupt.signal.aborted) {
          // Woken while it worked: what it saw may be old.
          this.#interrupt = new AbortController();
          continue;
        }
        if (waitMs === null) return;
        if (waitMs > 0) await this.#options.clock.sleep(waitMs, this.#interrupt.signal);
      }
    } finally {
      this.#running = false;
    }
  }

  /** Does one thing; returns how long to wait for the next, null: nothing left. */
  async #step(): Promise<number | null> {
    const jobs = this.#options.jobs();
    const old = jobs.find(([job]) => this.#isOvertaken(job, jobs));
    if (old !== undefined) {
      await this.#finish(old[0], { phase: 'dropped', reason: supersededReason });
      return 0;
    }
    this.#forget(jobs.map(([job]) => job.id));
    const nowMs = this.#options.clock.nowMs();
    let earliestMs = Infinity;
    const ready: (readonly [OutboxJob, Notifier])[] = [];
    for (const [job, notifier] of jobs) {
      const atMs = this.#readyAtMs(job, notifier);
      if (atMs <= nowMs) ready.push([job, notifier]);
      else earliestMs = Math.min(earliestMs, atMs);
    }
    const [next] = ready.sort(([left], [right]) => rank(left) - rank(right) || left.serial - right.serial);
    if (next) {
      await this.#attempt(...next);
      return 0;
    }
    return earliestMs === Infinity ? null : earliestMs - nowMs;
  }

  /**
   * A change that was being sent when a newer one of the same message was queued, and failed: to try it again would
   * show an older state after a newer one.
   */
  #isOvertaken(job: OutboxJob, jobs: readonly (readonly [OutboxJob, Notifier])[]): boolean {
    if (job.operation !== 'edit' || this.#progressOf(job).finished) return false;
    return jobs.some(
      ([other]) => other.operation === 'edit' && other.groupId === job.groupId && other.serial > job.serial,
    );
  }

  #readyAtMs(job: OutboxJob, notifier: Notifier): number {
    const progress = this.#progressOf(job);
    if (progress.finished || (job.operation !== 'post' && job.root === null)) return Infinity;
    const paced = detail(job) && job.operation !== 'edit' ? this.#lastPostMs + notifier.minGapMs : 0;
    return Math.max(progress.notBeforeMs, this.#blockedUntilMs, paced);
  }

  #progressOf(job: OutboxJob): JobProgress {
    const known = this.#progress.get(job.id);
    if (known) return known;
    const fresh = initialProgress(job);
    this.#progress.set(job.id, fresh);
    return fresh;
  }

  #update(job: OutboxJob, change: Partial<JobProgress>): JobProgress {
    const next = { ...this.#progressOf(job), ...change };
    this.#progress.set(job.id, next);
    return next;
  }

  #forget(current: readonly string[]): void {
    const kept = new Set(current);
    for (const id of this.#progress.keys()) if (!kept.has(id)) this.#progress.delete(id);
  }

  async #attempt(job: OutboxJob, notifier: Notifier): Promise<void> {
    const progress = this.#progressOf(job);
    const unclear = progress.unknownSinceMs !== null && canBeDoubled(job, notifier);
    if (unclear && !(await this.#clarify(job, notifier, progress))) return;
    const { clock, record, timeoutMs } = this.#options;
    const attempt = progress.attempt + 1;
    const atMs = clock.nowMs();
    const begun = this.#update(job, {
      attempt,
      firstAttemptMs: progress.firstAttemptMs ?? atMs,
      possibleRepeat: progress.possibleRepeat || unclear,
      unknownSinceMs: null,
      asked: 0,
    });
    const fields = { phase: 'sending', atMs, attempt, possibleRepeat: begun.possibleRepeat } as const;
    if (!(await record(job, fields))) return;
    const result = await sendSafely(notifier, toDelivery(job, begun, atMs), timeoutMs);
    if (job.operation !== 'edit') this.#lastPostMs = clock.nowMs();
    await this.#conclude(job, notifier, result);
  }

  /** Asks the receiver for an earlier attempt; true: go on and send (again). */
  async #clarify(job: OutboxJob, notifier: Notifier, progress: JobProgress): Promise<boolean> {
    const { clock, policy, timeoutMs } = this.#options;
    if (notifier.find === undefined) return true;
    const askAtMs = (progress.unknownSinceMs ?? 0) + (policy.askAfterMs[progress.asked] ?? 0);
    if (clock.nowMs() < askAtMs) {
      this.#update(job, { notBeforeMs: askAtMs });
      return false;
    }
    const found = await findSafely(notifier, toDelivery(job, progress, clock.nowMs()), timeoutMs);
    if (found.kind === 'found') {
      // It arrived, and it was not repeated.
      this.#update(job, { possibleRepeat: job.possibleRepeat && progress.attempt > 1 });
      await this.#finish(job, { phase: 'sent', receipt: found.receipt, reason: 'found at the receiver' });
      return false;
    }
    const asked = progress.asked + 1;
    this.#update(job, { asked });
    return asked >= policy.askAfterMs.length;
  }

  async #conclude(job: OutboxJob, notifier: Notifier, result: SendResult): Promise<void> {
    switch (result.kind) {
      case 'sent':
        this.#releaseRefused();
        return this.#finish(job, { phase: 'sent', receipt: result.receipt });
      case 'retry-after':
        if (result.ms !== null) this.#blockedUntilMs = this.#options.clock.nowMs() + result.ms;
        return this.#retry(job, 'retrying', result.reason, result.ms);
      case 'unknown':
        return this.#concludeUnknown(job, notifier, result.reason);
      case 'refused':
        if (result.scope === 'message') return this.#finish(job, { phase: 'dropped', reason: result.reason });
        return this.#retry(job, 'refused', result.reason, null);
      default:
        return result satisfies never;
    }
  }

  /** The receiver was mended: what it had refused need not wait any longer. */
  #releaseRefused(): void {
    for (const [id, progress] of this.#progress)
      if (progress.refused) this.#progress.set(id, { ...progress, refused: false, notBeforeMs: 0 });
  }

  async #concludeUnknown(job: OutboxJob, notifier: Notifier, reason: string): Promise<void> {
    const { clock, policy } = this.#options;
    const unknownSinceMs = clock.nowMs();
    const possibleRepeat = canBeDoubled(job, notifier);
    const { attempt } = this.#update(job, { unknownSinceMs, possibleRepeat });
    await this.#retry(job, 'retrying', reason, attempt === 1 ? (policy.askAfterMs[0] ?? null) : null);
  }

  async #finish(job: OutboxJob, fields: Pick<PhaseFields, 'phase' | 'receipt' | 'reason'>): Promise<void> {
    const { attempt, possibleRepeat } = this.#update(job, { finished: true });
    await this.#options.record(job, {
      ...fields,
      atMs: this.#options.clock.nowMs(),
      attempt,
      possibleRepeat,
    });
  }

  async #retry(
    job: OutboxJob,
    phase: 'retrying' | 'refused',
    reason: string,
    delayMs: number | null,
  ): Promise<void> {
    const { clock, policy, random, record } = this.#options;
    const nowMs = clock.nowMs();
    const limitMs = detail(job) ? policy.giveUpDetailAfterMs : policy.giveUpAfterMs;
    if (nowMs - job.queuedMs > limitMs)
      return this.#finish(job, { phase: 'dropped', reason: `given up: ${reason}` });
    const { attempt, possibleRepeat } = this.#progressOf(job);
    const refused = phase === 'refused';
    const [firstMs, maxMs] = refused
      ? [policy.refusedFirstMs, policy.refusedMaxMs]
      : [policy.firstMs, policy.maxMs];
    const waitMs = delayMs ?? backoffMs(attempt, firstMs, maxMs, random);
    this.#update(job, { notBeforeMs: nowMs + waitMs, refused });
    await record(job, { phase, atMs: nowMs, attempt, reason, possibleRepeat });
  }
}
