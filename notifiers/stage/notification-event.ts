import { createCloudEvent } from '../../stream/cloud-event.ts';
import type { Notification, NotificationEvent } from '../../stream/events/notification.ts';
import { notificationType } from '../../stream/events/notification.ts';
import type { Receipt } from '../notifier.ts';
import type { OutboxJob } from './entries.ts';

/** Why a change is not told: a newer one of the same message is. Nothing is lost by it. */
export const supersededReason = 'superseded by a newer state';

export interface PhaseFields {
  readonly phase: Notification['phase'];
  readonly atMs: number;
  readonly attempt: number;
  readonly receipt?: Receipt;
  readonly reason?: string;
  readonly possibleRepeat?: boolean;
}

/** A job at one phase of its way, for the log. */
export function createNotificationEvent(
  source: string,
  job: OutboxJob,
  fields: PhaseFields,
): NotificationEvent {
  const data: Notification = {
    id: job.id,
    receiver: job.receiver,
    kind: job.kind,
    group: job.group,
    alerts: job.alerts,
    purpose: job.purpose,
    phase: fields.phase,
    attempt: fields.attempt,
    at_ms: fields.atMs,
    delay_ms: Math.max(0, fields.atMs - job.causeMs),
    receipt: fields.receipt ?? null,
    reason: fields.reason ?? null,
    possible_repeat: fields.possibleRepeat ?? job.possibleRepeat,
  };
  const id = `${job.id}/${fields.phase}/${fields.attempt}`;
  return createCloudEvent({
    id,
    source,
    type: notificationType,
    timeMs: fields.atMs,
    partitionkey: job.group,
    data,
  });
}
