import type { Notification } from '../stream/events/notification.ts';
import type { AlertFacts } from './content/alert-facts.ts';
import type { MessageContent } from './content/message-content.ts';

/** `post` starts a message, `edit` replaces it in place, `reply` adds to its thread. */
export type Operation = 'post' | 'edit' | 'reply';

/** What the receiver answered, enough to edit and to reply later (Slack: channel and ts). */
export type Receipt = Readonly<Record<string, string>>;

/** One thing to say, once. */
export interface Delivery {
  /** Deterministic, the same in every attempt: the idempotency key where the receiver knows such a thing. */
  readonly id: string;
  readonly operation: Operation;
  readonly purpose: Notification['purpose'];
  readonly content: MessageContent;
  /** Names the message that this is news of, the same for all that is told of it. */
  readonly groupId: string;
  /** Readable: what the message groups by. */
  readonly group: string;
  /** The alerts as data; empty for receivers that are told in words, and for what is not of alerts (a test, a problem). */
  readonly alerts: readonly AlertFacts[];
  /** Receipt of the message that is edited or replied to; null for `post`. */
  readonly root: Receipt | null;
  /** A reply that must be seen outside its thread too. */
  readonly broadcast: boolean;
  /** Wall time of the first attempt: nothing older can be this message. */
  readonly firstAttemptMs: number;
  /** An earlier attempt may have arrived; the message says so. */
  readonly possibleRepeat: boolean;
}

/**
 * - `retry-after`: certainly not delivered, try again; `ms: null` leaves the delay to the caller.
 * - `refused`: trying the same again is useless until a person acts. `receiver`: nothing can be sent there (token,
 *   channel); `message`: only this one is refused.
 * - `unknown`: may or may not have arrived (time-out, 5xx, connection lost after the request).
 */
export type SendResult =
  | { readonly kind: 'sent'; readonly receipt: Receipt }
  | { readonly kind: 'retry-after'; readonly ms: number | null; readonly reason: string }
  | { readonly kind: 'refused'; readonly scope: 'receiver' | 'message'; readonly reason: string }
  | { readonly kind: 'unknown'; readonly reason: string };

export type FindResult =
  | { readonly kind: 'found'; readonly receipt: Receipt }
  | { readonly kind: 'absent' }
  | { readonly kind: 'unknown'; readonly reason: string };

/**
 * A receiver of messages. It says each thing once and reports truthfully; retries, order, limits, time-outs and
 * metrics wrap it. Neither method rejects for anything the receiver does.
 */
export interface Notifier {
  readonly kind: string;
  /** Deliveries of one queue wait for each other (a Slack channel); different queues never do. */
  readonly queueKey: string;
  /** Pace for what can wait, so that what cannot finds the receiver's limit untouched. */
  readonly minGapMs: number;
  /** To send the same delivery twice is to send it once: the receiver deduplicates by its key. Default: false. */
  readonly idempotent?: boolean;
  send(delivery: Delivery, signal: AbortSignal): Promise<SendResult>;
  /** Asks the receiver whether an earlier attempt arrived. Absent: it cannot be asked. */
  find?(delivery: Delivery, signal: AbortSignal): Promise<FindResult>;
}
