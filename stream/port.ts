import type { CloudEvent } from './cloud-event.ts';

/**
 * - `signals`: observations, ticks, and control events that the judge must see in order (rules loaded,
 *   value accepted as normal). Its order is the judge's order.
 * - `alerts`: transitions of alerts, and control events for their notifications (silences, acknowledgements).
 * - `captures`: capture requests and what became of them.
 * - `notifications`: what the notifiers are about to send, sent, or were refused.
 * - `dead`: events that no function could take, with the reason.
 */
export const topics = ['signals', 'alerts', 'captures', 'notifications', 'dead'] as const;
export type Topic = (typeof topics)[number];

/** An event at its place in the stream. Offsets grow within (topic, partition), not necessarily by one. */
export interface StreamRecord<E extends CloudEvent = CloudEvent> {
  readonly topic: Topic;
  readonly partition: number;
  readonly offset: number;
  /** The transport's own clock at the append: the reference for clamping a source's clock. */
  readonly appendedAtMs: number;
  readonly event: E;
}

export interface Output {
  readonly topic: Topic;
  readonly event: CloudEvent;
}

/** A changed entry of a stage's state; `value: null` deletes it. */
export interface StateChange {
  readonly key: string;
  readonly value: Uint8Array | null;
}

/** Appends events durably; resolved means: survives `kill -9`. */
export interface Producer {
  append(topic: Topic, events: readonly CloudEvent[]): Promise<void>;
}

/**
 * A function over events with state: `(records, state) → outputs`. It is synchronous and deterministic:
 * the same records in the same order give the same outputs and state, however they are cut into batches
 * and wherever a crash falls between them. It takes the time from its records, never from a clock.
 *
 * A host restores it once, then feeds it batches; after each batch it stores outputs, state changes and
 * input offsets together (embedded: one transaction), then calls `committed`.
 */
export interface Stage {
  /** Consumer group and metric label. */
  readonly name: string;
  readonly inputs: readonly Topic[];
  restore(entries: Iterable<readonly [key: string, value: Uint8Array]>): void;
  /**
   * Throwing a `PoisonError` sends that record to `dead` and goes on with the rest; any other error stops
   * the host, because to skip an unknown failure would be to lose an alert.
   */
  process(record: StreamRecord): readonly Output[];
  /** Entries changed since the last call. */
  drainState(): Iterable<StateChange>;
  /** After the commit: side effects that must not happen before their cause is durable start here. */
  committed?(): void;
  /**
   * Asked after a batch without outputs: may its commit wait for those that follow, for some seconds? A crash then
   * reads and processes the batch again, to the same effect, so it may wherever `committed` starts nothing and nobody
   * waits to see the state. Absent: what changed is committed at once.
   */
  mayWait?(): boolean;
  /**
   * How long it can go without a tick, in ms, as things are: 0 as often as there are any, Infinity where nothing waits
   * for time to pass. Absent: 0. A host may send more ticks than asked for.
   */
  tickWithinMs?(): number;
}

/** An event that this stage can never take, whatever is tried again. */
export class PoisonError extends Error {
  override readonly name = 'PoisonError';
}
