import { z } from 'zod';
import type { CloudEvent } from '../cloud-event.ts';

export const notificationPhases = ['queued', 'sending', 'sent', 'retrying', 'refused', 'dropped'] as const;

/** One message's way through the outbox: queued → sending → sent with the receiver's id, or why not. */
export const notificationSchema = z.object({
  /** Deterministic: receiver, group, what it tells. The idempotency key. */
  id: z.string(),
  receiver: z.string(),
  /** Receiver type: slack, terminal, … */
  kind: z.string(),
  group: z.string(),
  alerts: z.array(z.object({ fingerprint: z.string(), episode: z.number(), seq: z.number() })),
  /** What it tells: a new page, an update in place, a reply in the thread, … */
  purpose: z.enum(['firing', 'update', 'escalation', 'resolved', 'thread', 'digest', 'test', 'problem']),
  phase: z.enum(notificationPhases),
  attempt: z.number(),
  at_ms: z.number(),
  /** Delay from the transition's event time to this phase. */
  delay_ms: z.number().nullable(),
  /** What the receiver answered: Slack's channel and ts. */
  receipt: z.record(z.string(), z.string()).nullable(),
  reason: z.string().nullable(),
  /** The answer to an earlier attempt is unknown, so a repeat cannot be excluded. */
  possible_repeat: z.boolean(),
});
export type Notification = z.infer<typeof notificationSchema>;
export const notificationType = 'io.saccade.notification.v1';
/** `id: notificationId/phase/attempt`, `partitionkey: group`. */
export type NotificationEvent = CloudEvent<typeof notificationType, Notification>;

/** On `notifications`: where a sender that starts has caught up with what its predecessor appended. No data. */
export const outboxFenceType = 'io.saccade.outbox.fence.v1';
