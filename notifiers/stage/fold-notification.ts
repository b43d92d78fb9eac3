import type { Notification } from '../../stream/events/notification.ts';
import { describeUndelivered, describeWorksAgain } from '../content/describe-problem.ts';
import type { Receipt } from '../notifier.ts';
import { shortHash } from '../group-key.ts';
import { dropJob, enqueue } from './enqueue.ts';
import type { OutboxJob } from './entries.ts';
import { foldTick } from './fold-tick.ts';
import { supersededReason } from './notification-event.ts';
import type { Turn } from './turn.ts';

/** A receiver that is only slow is reported to the fallback after this many attempts. */
const attemptsBeforeReport = 4;

/** Takes the sender's own records back in: the outbox is a fold of the log, so it survives whatever stops the sender. */
export function foldNotification(turn: Turn, notification: Notification): void {
  // In a log that was copied from topics the ticks of that time are missing; what one of them queued tells of it.
  if (notification.phase === 'queued' && turn.state.jobs.get(notification.id) === undefined) foldTick(turn);
  const job = turn.state.jobs.get(notification.id);
  if (job === undefined) return;
  switch (notification.phase) {
    case 'queued':
      return;
    case 'sending':
      return turn.state.jobs.set(job.id, progressed(job, notification, 'sending'));
    case 'sent':
      return foldSent(turn, job, notification.receipt ?? {});
    case 'retrying':
      return foldTrouble(turn, progressed(job, notification, 'retrying'), notification.reason ?? '');
    case 'refused':
      return foldTrouble(turn, progressed(job, notification, 'refused'), notification.reason ?? '');
    case 'dropped':
      return foldDropped(turn, job, notification.reason ?? '');
    default:
      return notification.phase satisfies never;
  }
}

const progressed = (job: OutboxJob, notification: Notification, phase: OutboxJob['phase']): OutboxJob => ({
  ...job,
  phase,
  attempt: notification.attempt,
  firstAttemptMs: job.firstAttemptMs ?? notification.at_ms,
  lastAttemptMs: phase === 'sending' ? notification.at_ms : job.lastAttemptMs,
  possibleRepeat: job.possibleRepeat || notification.possible_repeat,
});

function foldSent(turn: Turn, job: OutboxJob, receipt: Receipt): void {
  turn.state.jobs.delete(job.id);
  const entry = turn.state.receiver(job.receiver, turn.nowMs);
  const { digest } = entry;
  const ownDigest = digest?.rootJob === job.id ? { ...digest, receipt } : digest;
  turn.state.receivers.set(job.receiver, {
    ...entry,
    digest: ownDigest,
    ready: true,
    reason: null,
    sinceMs: entry.ready ? entry.sinceMs : turn.nowMs,
  });
  if (!entry.ready) report(turn, job, describeWorksAgain(job.receiver, entry.reason ?? ''), 'works again');
  if (job.operation !== 'post' && receipt['reposted'] !== 'true') return;
  const group = turn.state.group(job.groupId);
  if (group) turn.state.setGroup({ ...group, receipt });
  for (const other of turn.state.jobsOf(job.groupId))
    if (other.operation !== 'post') turn.state.jobs.set(other.id, { ...other, root: receipt });
}

const announces = (job: OutboxJob): boolean => job.purpose !== 'thread' && job.purpose !== 'update';

function foldTrouble(turn: Turn, job: OutboxJob, reason: string): void {
  turn.state.jobs.set(job.id, job);
  // Without a picture everything has still been said.
  if (job.content.chart?.alone === true) return;
  const refused = job.phase === 'refused';
  if (!refused && job.attempt < attemptsBeforeReport) return;
  const entry = turn.state.receiver(job.receiver, turn.nowMs);
  if (entry.ready)
    turn.state.receivers.set(job.receiver, { ...entry, ready: false, reason, sinceMs: turn.nowMs });
  if (job.reported || (!announces(job) && !entry.ready)) return;
  turn.state.jobs.set(job.id, { ...job, reported: true });
  report(
    turn,
    job,
    describeUndelivered(job.receiver, reason, announces(job) ? job.content : null),
    'undelivered',
  );
}

/** The sender gave a message up: what depends on it goes too, and somebody hears of it. */
function foldDropped(turn: Turn, job: OutboxJob, reason: string): void {
  turn.state.jobs.delete(job.id);
  if (reason === supersededReason) return turn.count('dropped');
  turn.count('given_up');
  if (announces(job) && !job.reported)
    report(turn, job, describeUndelivered(job.receiver, reason, job.content), 'given up');
  if (job.operation !== 'post') return;
  const group = turn.state.group(job.groupId);
  if (group) turn.state.setGroup({ ...group, lost: true });
  for (const other of turn.state.jobsOf(job.groupId))
    if (other.operation !== 'post') dropJob(turn, other, 'its message was given up');
}

/** Says at the fallback receiver what another receiver could not be told. */
function report(turn: Turn, job: OutboxJob, content: OutboxJob['content'], topic: string): void {
  const { fallback } = turn.config;
  if (fallback === job.receiver) return;
  const id = shortHash('problem', job.id, topic, String(job.attempt));
  enqueue(turn, {
    id: `${id}/root`,
    receiver: fallback,
    group: `problem ${job.receiver}`,
    groupId: id,
    operation: 'post',
    purpose: 'problem',
    content,
    alerts: job.alerts,
    root: null,
    causeMs: turn.nowMs,
  });
}
