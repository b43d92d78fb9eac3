import { randomUUID } from 'node:crypto';
import type { IncomingBatch, IncomingMessage } from './client/port.ts';
import { toMessages } from './output-messages.ts';
import { SeenIds } from './seen-ids.ts';
import { feedStage } from './stage-batch.ts';
import type { StageInstance } from './stage-instance.ts';
import { StateFlusher } from './state-flusher.ts';
import { StateLoader } from './state-messages.ts';
import type { TaskContext } from './task-context.ts';

/** How long a stop waits for the batch in hand. */
const closePatienceMs = 3_000;

type Phase = 'claiming' | 'loading' | 'running' | 'closed';

/**
 * One partition of a stage: claim, load, run, flush.
 *
 * Invariants: (1) state in the topic at offset X is the stage's state after exactly the records before X, and all
 * outputs of those are with the broker; (2) whoever claims the partition fences all writers before it and loads
 * anew. So a crash, a move or a paused twin costs the replay of at most one flush interval, whose outputs have the
 * ids that they had the first time.
 */
export class PartitionTask {
  readonly partition: number;
  readonly #context: TaskContext;
  readonly #instance: StageInstance;
  readonly #flusher: StateFlusher;
  readonly #seen = new SeenIds();
  readonly #abort = new AbortController();
  readonly #openedMs = performance.now();
  #loader: StateLoader | undefined;
  #phase: Phase = 'claiming';
  #position = 0;
  #loaded = 0;
  #endOffset = 0;
  #lastProgressMs: number;
  #closed: Promise<void> | undefined;
  #torn = false;
  #tail: Promise<void> = Promise.resolve();

  constructor(context: TaskContext, partition: number) {
    this.#context = context;
    this.partition = partition;
    this.#instance = context.create(partition);
    const owner = randomUUID();
    this.#loader = new StateLoader(owner);
    const { stage } = this.#instance;
    this.#flusher = new StateFlusher({ context, partition, owner, stage, seen: this.#seen });
    this.#lastProgressMs = context.clock.nowMs();
  }

  get running(): boolean {
    return this.#phase === 'running';
  }
  /** The next record that it takes. */
  get position(): number {
    return this.#position;
  }
  /** The state in the topic is that of `position`. */
  get flushed(): boolean {
    return this.#flusher.clean;
  }
  get lag(): number {
    return Math.max(0, this.#endOffset - this.#position);
  }
  get lastProgressMs(): number {
    return this.#lastProgressMs;
  }
  get stage(): StageInstance['stage'] {
    return this.#instance.stage;
  }

  /** What another source knows about the end of the partition. */
  noteEnd(endOffset: number): void {
    if (endOffset > this.#endOffset) this.#endOffset = endOffset;
    if (this.#position >= this.#endOffset) this.#lastProgressMs = this.#context.clock.nowMs();
  }

  /** Fences the predecessor and begins to load. Rejects with a KafkaError, retryable or not. */
  async claim(): Promise<void> {
    await this.#flusher.claim();
    if (this.#phase !== 'claiming') return;
    this.#phase = 'loading';
    this.sit();
  }

  /** Tells the consumer, after every rebalance, where this task reads. */
  sit(): void {
    const { seat, inputTopic, stateTopic } = this.#context;
    const [reading, resting] =
      this.#phase === 'loading' ? [stateTopic, inputTopic] : [inputTopic, stateTopic];
    seat.pause(resting, this.partition);
    if (this.#phase === 'claiming' || this.#phase === 'closed') return seat.pause(reading, this.partition);
    seat.seek(reading, this.partition, this.#phase === 'loading' ? this.#loaded : this.#position);
    seat.resume(reading, this.partition);
  }

  take(batch: IncomingBatch): Promise<void> {
    return batch.topic === this.#context.stateTopic
      ? this.#takeState(batch)
      : this.#serially(() => this.#takeInput(batch));
  }

  /** Writes what has changed, if that is due. */
  flushIfDue(): void {
    if (this.#phase === 'running' && this.#flusher.due) void this.#serially(async () => this.#beginFlush());
  }

  /** Ends the task. `flush`: leave the state as it is now to the successor, if the broker can be reached. */
  close(options: { readonly flush: boolean }): Promise<void> {
    return (this.#closed ??= this.#close(options.flush));
  }

  async #close(flush: boolean): Promise<void> {
    const wasRunning = this.#phase === 'running';
    this.#phase = 'closed';
    // The batch in hand is finished if the broker answers soon; one that was cut off leaves no state behind.
    const patience = setTimeout(() => this.#abort.abort(), flush ? closePatienceMs : 0);
    await this.#tail;
    clearTimeout(patience);
    await this.#instance.deactivate?.();
    await this.#flusher.close(flush && wasRunning && !this.#torn ? this.#position : undefined);
  }

  async #takeState(batch: IncomingBatch): Promise<void> {
    const loader = this.#loader;
    if (this.#phase !== 'loading' || loader === undefined) return;
    for (const message of batch.messages) {
      if (message.offset < this.#loaded) continue;
      this.#loaded = message.offset + 1;
      if (loader.take(message)) return this.#begin(loader);
    }
  }

  #begin(loader: StateLoader): void {
    const { name, clock, metrics, onFatal } = this.#context;
    this.#loader = undefined;
    try {
      this.#instance.stage.restore(loader.entries());
      for (const [index, value] of loader.seenSegments()) this.#seen.restore(index, value);
    } catch (error) {
      return onFatal(error instanceof Error ? error : new Error(String(error)));
    }
    this.#position = loader.nextOffset ?? 0;
    this.#phase = 'running';
    this.#lastProgressMs = clock.nowMs();
    metrics.restored(name, (performance.now() - this.#openedMs) / 1000, loader.size);
    this.sit();
    this.#instance
      .activate?.()
      .catch((error: unknown) =>
        this.#context.logger.error({ err: error }, `${name}: work beside the stage did not begin`),
      );
  }

  async #takeInput(batch: IncomingBatch): Promise<void> {
    this.noteEnd(batch.endOffset);
    const messages = batch.messages.filter(({ offset }) => offset >= this.#position);
    for (let n = 0; n < messages.length && this.#phase === 'running'; n += this.#context.maxBatch)
      await this.#step(messages.slice(n, n + this.#context.maxBatch));
    // Behind the last record there may be markers of transactions: nobody waits for those.
    if (this.#phase === 'running') this.#position = Math.max(this.#position, batch.nextOffset);
  }

  async #step(messages: readonly IncomingMessage[]): Promise<void> {
    const { name, metrics, clock } = this.#context;
    const [first, last] = [messages[0], messages.at(-1)];
    if (first === undefined || last === undefined) return;
    this.#noteGap(first.offset);
    const startedMs = performance.now();
    try {
      await this.#feedAndSend(messages);
      this.#position = last.offset + 1;
      this.#flusher.took(messages);
      this.#instance.stage.committed?.();
      this.#context.onPoint('stage:committed');
    } catch (error) {
      return this.#tear(error);
    }
    this.#lastProgressMs = clock.nowMs();
    metrics.processed(name, messages.length);
    metrics.committed(name, (performance.now() - startedMs) / 1000);
    this.flushIfDue();
  }

  async #feedAndSend(messages: readonly IncomingMessage[]): Promise<void> {
    const { plan, sender, onPoint, inputTopic, route } = this.#context;
    onPoint('stage:read');
    const outputs = feedStage(this.#feed(), { topic: inputTopic, partition: this.partition }, messages);
    onPoint('stage:processed');
    await sender.send(toMessages(plan, outputs, route), this.#abort.signal);
    onPoint('outputs:sent');
  }

  /** The stage is ahead of what is known to be with the broker: its state must not be written any more. */
  #tear(error: unknown): void {
    this.#torn = true;
    this.#phase = 'closed';
    // Closed while it waited for the broker: a successor does the same records again.
    if (!this.#abort.signal.aborted)
      this.#context.onFatal(error instanceof Error ? error : new Error(String(error)));
  }

  #feed() {
    const { plan, validate, logger, metrics } = this.#context;
    return { stage: this.#instance.stage, seen: this.#seen, plan, validate, logger, metrics };
  }

  #noteGap(offset: number): void {
    if (offset <= this.#position) return;
    const { name, logger, metrics } = this.#context;
    const records = offset - this.#position;
    // At the very beginning there is nothing that could have been missed.
    if (this.#position === 0) return;
    metrics.missed(name, records);
    logger.error(
      { stage: name, partition: this.partition, records },
      'records were deleted before they were read: raise the retention of the topic',
    );
  }

  #beginFlush(): void {
    if (this.#phase === 'running') this.#flusher.begin(this.#position, (error) => this.#lose(error));
  }

  /**
   * After a failed write it is not known what the topic holds, nor whether this task still owns it: the one safe way
   * on is to claim and load again.
   */
  #lose(error: unknown): void {
    if (this.#phase === 'closed') return;
    const code = this.#flusher.noteFailure(error);
    this.#context.onLost(this, code === 'KAFKA_FENCED' ? 'fenced' : 'flush');
  }

  #serially(work: () => Promise<void>): Promise<void> {
    this.#tail = this.#tail.then(work);
    return this.#tail;
  }
}
