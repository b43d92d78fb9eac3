import { tickType } from '../events/control.ts';
import type { FencedWriter, IncomingMessage } from './client/port.ts';
import { KafkaError, type KafkaErrorCode } from './kafka-error.ts';
import type { SeenIds } from './seen-ids.ts';
import type { StageInstance } from './stage-instance.ts';
import { claimMessage, flushMessages, seenPrefix, toEntries } from './state-messages.ts';
import type { TaskContext } from './task-context.ts';

export interface StateFlusherOptions {
  readonly context: TaskContext;
  readonly partition: number;
  /** Who writes. */
  readonly owner: string;
  readonly stage: StageInstance['stage'];
  readonly seen: SeenIds;
}

/** Two minutes of them. */
const maxTicksUnflushed = 480;

/** Writes what has changed in the state of one partition, and knows when that is due. One write at a time. */
export class StateFlusher {
  readonly #options: StateFlusherOptions;
  readonly #writer: FencedWriter;
  #sinceFlush = 0;
  /** Something else than ticks since the last flush; those alone are cheap to take again. */
  #eventful = false;
  #flushedMs = performance.now();
  #flushing: Promise<void> | undefined;

  constructor(options: StateFlusherOptions) {
    this.#options = options;
    const { context, partition } = options;
    this.#writer = context.client.createFencedWriter(`${context.stateTopic}-${partition}`);
  }

  /** Fences the predecessor. Rejects with a KafkaError, retryable or not. */
  async claim(): Promise<void> {
    const { context, partition, owner } = this.#options;
    await this.#writer.write([claimMessage(context.stateTopic, partition, owner)]);
  }

  /** The stage has them. */
  took(messages: readonly IncomingMessage[]): void {
    this.#sinceFlush += messages.length;
    if (messages.some(({ headers }) => headers['ce_type'] !== tickType)) this.#eventful = true;
  }

  /** The topic has the state after all that was taken. */
  get clean(): boolean {
    return this.#sinceFlush === 0 && this.#flushing === undefined;
  }

  get due(): boolean {
    if (this.#flushing !== undefined) return false;
    const { flushIntervalMs, flushRecords } = this.#options.context;
    const late = this.#eventful && performance.now() - this.#flushedMs >= flushIntervalMs;
    return late || this.#sinceFlush >= (this.#eventful ? flushRecords : maxTicksUnflushed);
  }

  /** Begins to write the state as it is now, that before `nextOffset`. */
  begin(nextOffset: number, onFailed: (error: unknown) => void): void {
    if (this.#flushing !== undefined) return;
    this.#flushing = this.#write(nextOffset)
      .catch(onFailed)
      .finally(() => (this.#flushing = undefined));
  }

  /** Leaves the state before `nextOffset` to the successor, if the broker can be reached; undefined: it is not fit for that. */
  async close(nextOffset: number | undefined): Promise<void> {
    await this.#flushing;
    if (nextOffset !== undefined && this.#sinceFlush > 0)
      await this.#write(nextOffset).catch((error: unknown) => this.noteFailure(error));
    await this.#writer.close();
  }

  async #write(nextOffset: number): Promise<void> {
    const { context, partition, stage, seen } = this.#options;
    const { name, metrics, onPoint, stateTopic } = context;
    const startedMs = performance.now();
    const entries = new Map([...toEntries(stage.drainState()), ...seenEntries(seen)]);
    this.#sinceFlush = 0;
    this.#eventful = false;
    this.#flushedMs = startedMs;
    onPoint('flush:drained');
    await this.#writer.write(flushMessages(stateTopic, partition, { entries, nextOffset }));
    onPoint('flush:written');
    metrics.flushed(name, (performance.now() - startedMs) / 1000, entries.size);
    await this.#commit(nextOffset);
  }

  /** Only for the eyes of other tools, so its failure is nobody's. */
  async #commit(nextOffset: number): Promise<void> {
    const { context, partition } = this.#options;
    try {
      await context.seat.commit(context.inputTopic, partition, nextOffset);
    } catch (error) {
      if (error instanceof KafkaError) context.metrics.failed('flush', error.code);
      else throw error;
    }
  }

  noteFailure(error: unknown): KafkaErrorCode {
    const { context, partition } = this.#options;
    const { metrics, logger, name } = context;
    const code = error instanceof KafkaError ? error.code : 'KAFKA_INTERNAL';
    metrics.failed('flush', code);
    logger.warn(
      { err: error, stage: name, partition, code },
      'state could not be written; it is loaded again',
    );
    return code;
  }
}

function seenEntries(seen: SeenIds): Iterable<readonly [string, Uint8Array | null]> {
  return [...seen.drain(seenPrefix)].map(({ key, value }) => [key, value] as const);
}
