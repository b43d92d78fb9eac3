import { outboxFenceType } from '../../stream/events/notification.ts';
import type { OutboxJob } from './entries.ts';

/** The outbox as far as it is durable: what the sender may act on. */
export interface OutboxView {
  /** In the order of queueing. */
  jobs(): Iterable<OutboxJob>;
  has(id: string): boolean;
  /** The last fence that came back through the log: everything appended before it is folded in. */
  fence(): string | null;
  /** Called after each commit that changed the outbox. */
  onChange(listener: () => void): void;
}

/** Appended by a starting sender to find the end of its own earlier records. */
export const fenceType = outboxFenceType;
