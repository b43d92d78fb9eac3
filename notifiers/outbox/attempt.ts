import type { Delivery, FindResult, Notifier, SendResult } from '../notifier.ts';
import type { OutboxJob } from '../stage/entries.ts';

/** What this process knows of a job beyond what is folded in yet. */
export interface JobProgress {
  readonly attempt: number;
  readonly firstAttemptMs: number | null;
  /** Ends of attempts whose outcome is not known: the receiver is asked before the next. */
  readonly unknownSinceMs: number | null;
  readonly asked: number;
  readonly possibleRepeat: boolean;
  readonly notBeforeMs: number;
  /** It waits for the receiver to be mended, not for its own turn. */
  readonly refused: boolean;
  /** Sent or given up; only the fold is missing. */
  readonly finished: boolean;
}

/** From the folded state: an attempt that was begun and has no outcome is of unknown outcome. */
export function initialProgress(job: OutboxJob): JobProgress {
  const unknown = job.phase === 'sending' || (job.phase === 'retrying' && job.possibleRepeat);
  return {
    attempt: job.attempt,
    firstAttemptMs: job.firstAttemptMs,
    unknownSinceMs: unknown ? job.lastAttemptMs : null,
    asked: 0,
    possibleRepeat: job.possibleRepeat,
    notBeforeMs: 0,
    refused: false,
    finished: false,
  };
}

export function toDelivery(job: OutboxJob, progress: JobProgress, nowMs: number): Delivery {
  return {
    id: job.id,
    operation: job.operation,
    purpose: job.purpose,
    content: job.content,
    groupId: job.groupId,
    group: job.group,
    alerts: job.facts ?? [],
    root: job.root,
    broadcast: job.broadcast,
    firstAttemptMs: progress.firstAttemptMs ?? nowMs,
    possibleRepeat: progress.possibleRepeat,
  };
}

/** A notifier must not reject; if it does, nothing is known, and nothing of the error is passed on: it may hold a secret. */
export async function sendSafely(
  notifier: Notifier,
  delivery: Delivery,
  timeoutMs: number,
): Promise<SendResult> {
  try {
    return await notifier.send(delivery, AbortSignal.timeout(timeoutMs));
  } catch (error) {
    return { kind: 'unknown', reason: `the ${notifier.kind} notifier failed (${(error as Error).name})` };
  }
}

export async function findSafely(
  notifier: Notifier,
  delivery: Delivery,
  timeoutMs: number,
): Promise<FindResult> {
  if (notifier.find === undefined) return { kind: 'unknown', reason: 'it cannot be asked' };
  try {
    return await notifier.find(delivery, AbortSignal.timeout(timeoutMs));
  } catch (error) {
    return { kind: 'unknown', reason: `asking failed (${(error as Error).name})` };
  }
}
