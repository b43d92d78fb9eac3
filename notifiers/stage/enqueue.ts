import type { Notification } from '../../stream/events/notification.ts';
import type { AlertFacts } from '../content/alert-facts.ts';
import type { MessageContent } from '../content/message-content.ts';
import type { DeliveryForm } from '../delivery-form.ts';
import { threadForm } from '../delivery-form.ts';
import type { Operation, Receipt } from '../notifier.ts';
import type { OutboxJob } from './entries.ts';
import { limits } from './limits.ts';
import { createNotificationEvent, supersededReason } from './notification-event.ts';
import type { Turn } from './turn.ts';

export const stageSource = '/notify';

export const formOf = (turn: Turn, receiver: string): DeliveryForm =>
  turn.config.receivers.find(({ name }) => name === receiver)?.form ?? threadForm;

export interface NewJob {
  readonly id: string;
  readonly receiver: string;
  readonly group: string;
  readonly groupId: string;
  readonly operation: Operation;
  readonly purpose: Notification['purpose'];
  readonly content: MessageContent;
  readonly alerts: Notification['alerts'];
  readonly facts?: readonly AlertFacts[];
  readonly broadcast?: boolean;
  readonly root: Receipt | null;
  readonly causeMs: number;
}

/**
 * Puts a message into the outbox, unless its receiver cannot be told that way. A newer edit replaces one that still
 * waits: only the last state matters.
 */
export function enqueue(turn: Turn, fields: NewJob): void {
  const { state, nowMs } = turn;
  const form = formOf(turn, fields.receiver);
  if (form.kind === 'letters' && fields.operation === 'edit') return;
  if (form.kind === 'state' && fields.operation === 'reply') return;
  if (state.jobs.get(fields.id) !== undefined) return;
  const purpose = fields.operation === 'edit' ? supersede(turn, fields) : fields.purpose;
  if (!makeRoom(turn, fields)) return;
  const job: OutboxJob = {
    ...fields,
    purpose,
    kind: turn.config.receivers.find(({ name }) => name === fields.receiver)?.kind ?? 'unknown',
    broadcast: fields.broadcast ?? false,
    queuedMs: nowMs,
    serial: state.nextSerial(),
    phase: 'queued',
    attempt: 0,
    firstAttemptMs: null,
    lastAttemptMs: null,
    possibleRepeat: false,
    reported: false,
  };
  state.jobs.set(job.id, job);
  const event = createNotificationEvent(stageSource, job, { phase: 'queued', atMs: nowMs, attempt: 0 });
  turn.outputs.push({ topic: 'notifications', event });
}

/** Takes a job out of the outbox for good, with the reason in the log. */
export function dropJob(turn: Turn, job: OutboxJob, reason: string): void {
  turn.state.jobs.delete(job.id);
  turn.count('dropped');
  const fields = { phase: 'dropped', atMs: turn.nowMs, attempt: job.attempt, reason } as const;
  turn.outputs.push({ topic: 'notifications', event: createNotificationEvent(stageSource, job, fields) });
}

const weight: Readonly<Partial<Record<Notification['purpose'], number>>> = {
  resolved: 3,
  escalation: 2,
  update: 1,
};

/** Drops waiting edits of the same message; the new one keeps the weightiest purpose among them. */
function supersede(turn: Turn, fields: NewJob): Notification['purpose'] {
  let { purpose } = fields;
  for (const job of turn.state.jobsOf(fields.groupId)) {
    if (job.operation !== 'edit' || job.phase === 'sending') continue;
    if ((weight[job.purpose] ?? 0) > (weight[purpose] ?? 0)) purpose = job.purpose;
    dropJob(turn, job, supersededReason);
  }
  return purpose;
}

/** false: the outbox is full of what matters more. */
function makeRoom(turn: Turn, fields: NewJob): boolean {
  if (turn.state.jobs.size < limits.jobsPerReceiver) return true;
  const waiting = [...turn.state.jobs.values()].filter((job) => job.receiver === fields.receiver);
  waiting.sort((left, right) => left.serial - right.serial);
  if (waiting.length < limits.jobsPerReceiver) return true;
  turn.count('outbox_full');
  const least = (purpose: Notification['purpose']) =>
    waiting.find((job) => job.purpose === purpose && job.phase !== 'sending');
  const victim = least('thread') ?? least('update');
  if (victim) dropJob(turn, victim, 'outbox full');
  // What announces or ends an alert is never refused: their number is bounded by that of alerts and groups.
  return victim !== undefined || (fields.purpose !== 'thread' && fields.purpose !== 'update');
}
