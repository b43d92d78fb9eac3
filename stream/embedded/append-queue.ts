import type { CloudEvent } from '../cloud-event.ts';
import type { Topic } from '../port.ts';
import { LogError } from './log-error.ts';

export interface PendingAppend {
  readonly topic: Topic;
  readonly events: readonly CloudEvent[];
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

export interface AppendQueueOptions {
  readonly maxPendingEvents: number;
  /** Writes all in one transaction, durably, or throws and has written nothing. */
  readonly write: (appends: readonly PendingAppend[]) => void;
  readonly acknowledged: () => void;
}

/**
 * Group commit: whatever is appended within one turn of the event loop shares one transaction, so a burst costs
 * one commit and a single event waits for nobody.
 */
export class AppendQueue {
  readonly #options: AppendQueueOptions;
  #pending: PendingAppend[] = [];
  #events = 0;
  #closed = false;

  constructor(options: AppendQueueOptions) {
    this.#options = options;
  }

  push(topic: Topic, events: readonly CloudEvent[]): Promise<void> {
    if (this.#closed) return Promise.reject(new LogError('LOG_CLOSED', `appending to ${topic}`));
    if (this.#events + events.length > this.#options.maxPendingEvents)
      return Promise.reject(
        new LogError('LOG_OVERLOADED', `appending to ${topic}: ${this.#events} events wait`),
      );
    return new Promise((resolve, reject) => {
      if (this.#pending.length === 0) setImmediate(() => this.flush());
      this.#pending.push({ topic, events, resolve, reject });
      this.#events += events.length;
    });
  }

  flush(): void {
    const appends = this.#pending;
    if (appends.length === 0) return;
    this.#pending = [];
    this.#events = 0;
    try {
      this.#options.write(appends);
    } catch (error) {
      for (const append of appends) append.reject(error instanceof Error ? error : new Error(String(error)));
      return;
    }
    for (const append of appends) append.resolve();
    this.#options.acknowledged();
  }

  /** Writes what waits and takes no more. */
  close(): void {
    this.#closed = true;
    this.flush();
  }
}
