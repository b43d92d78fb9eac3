import type { Clock } from '../clock.ts';
import { PoisonError, type Output, type Stage, type StateChange } from '../port.ts';
import type { StreamLogger } from '../stream-logger.ts';
import type { StreamMetrics } from '../stream-metrics.ts';
import { createDeadLetter, type DeadLetterFields } from './dead-letter.ts';
import type { EmbeddedLog } from './embedded-log.ts';
import type { OnPoint } from './fault-points.ts';
import { toLogError } from './log-error.ts';
import type { ReadEntry } from './record-table.ts';
import { isTransactional } from './transactional-stage.ts';

export interface StageRunnerOptions {
  readonly stage: Stage;
  readonly log: EmbeddedLog;
  readonly maxBatch: number;
  readonly clock: Clock;
  readonly logger: StreamLogger;
  readonly metrics: StreamMetrics;
  readonly onPoint: OnPoint;
}

/** What one or several batches did and what is still to be committed. */
interface Batch {
  readonly offset: number;
  readonly outputs: readonly Output[];
  readonly state: readonly StateChange[];
}

/** A commit waits at most so long, and for so many records: a crash costs their reading. */
const maxWaitMs = 5_000;
const maxWaitingRecords = 1_000;

/**
 * One stage over the log: read, process, commit.
 *
 * Invariant: once records have been processed, their outputs, state and offset are committed together or held
 * in `#uncommitted` and tried again; the stage sees no further record before that. So a full disk delays and
 * loses nothing, and a crash anywhere falls back to the last commit.
 *
 * What put nothing out may wait for the commit of what follows, if the stage allows it or nothing changed at all:
 * processed again from the last commit it comes to the same. So time that passes on an idle machine costs no writes.
 */
export class StageRunner {
  readonly #options: StageRunnerOptions;
  readonly #stage: Stage;
  /** Processed up to here, and committed up to there. */
  #offset = 0;
  #committed = 0;
  #waitingRecords = 0;
  #waitingSinceMs: number | undefined;
  #uncommitted: Batch | undefined;
  #lastProgressMs: number;

  constructor(options: StageRunnerOptions) {
    this.#options = options;
    this.#stage = options.stage;
    this.#lastProgressMs = options.clock.nowMs();
  }

  get name(): string {
    return this.#stage.name;
  }
  get topics(): Stage['inputs'] {
    return this.#stage.inputs;
  }
  get lastProgressMs(): number {
    return this.#lastProgressMs;
  }

  /** What a restart does not read again. */
  position(): number {
    return this.#committed;
  }

  tickWithinMs(): number {
    return this.#stage.tickWithinMs?.() ?? 0;
  }

  /** Records that wait, counted up to `limit` a topic. */
  lag(limit: number): number {
    const from = this.#uncommitted === undefined ? this.#offset : this.#committed;
    return this.#options.log.records.countAfter(this.topics, from, limit);
  }

  /** Loads state and offset as of the last commit. */
  restore(): void {
    const { stages } = this.#options.log;
    this.#stage.restore(stages.entries(this.name));
    this.#offset = stages.offset(this.name);
    this.#committed = this.#offset;
    this.#lastProgressMs = this.#options.clock.nowMs();
  }

  /** Takes one batch; false: there was none. Throws a retryable LogError if it could not be committed yet. */
  step(): boolean {
    const entries = this.#uncommitted === undefined ? this.#read() : [];
    if (entries.length > 0) this.#process(entries);
    else if (this.#hasWaitedLong()) this.#uncommitted ??= this.#batch([]);
    const moved = entries.length > 0 || this.#uncommitted !== undefined;
    if (this.#uncommitted !== undefined) this.#commit(this.#uncommitted);
    this.#lastProgressMs = this.#options.clock.nowMs();
    return moved;
  }

  /** Commits what waits. Throws a retryable LogError if it cannot yet. */
  flush(): void {
    if (this.#committed < this.#offset) this.#uncommitted ??= this.#batch([]);
    if (this.#uncommitted !== undefined) this.#commit(this.#uncommitted);
  }

  #process(entries: readonly ReadEntry[]): void {
    const { onPoint, clock, metrics } = this.#options;
    onPoint('stage:read');
    const outputs = entries.flatMap((entry) => this.#processOne(entry));
    const last = entries.at(-1);
    if (last !== undefined) this.#offset = last.kind === 'record' ? last.record.offset : last.offset;
    this.#waitingRecords += entries.length;
    this.#waitingSinceMs ??= clock.nowMs();
    metrics.processed(this.name, entries.length);
    if (outputs.length > 0 || this.#hasWaitedLong() || this.#stage.mayWait?.() !== true)
      this.#gather(outputs);
    onPoint('stage:processed');
  }

  #hasWaitedLong(): boolean {
    if (this.#waitingSinceMs === undefined) return false;
    const waitedMs = this.#options.clock.nowMs() - this.#waitingSinceMs;
    // Less than nothing: the clock was set back.
    return waitedMs >= maxWaitMs || waitedMs < 0 || this.#waitingRecords >= maxWaitingRecords;
  }

  #batch(outputs: readonly Output[]): Batch {
    return { offset: this.#offset, outputs, state: [...this.#stage.drainState()] };
  }

  /** What is to be committed now. Nothing changed: the stage may go on as if it had been. */
  #gather(outputs: readonly Output[]): void {
    const batch = this.#batch(outputs);
    const isNothing = outputs.length === 0 && batch.state.length === 0 && !isTransactional(this.#stage);
    if (isNothing && !this.#hasWaitedLong()) this.#stage.committed?.();
    else this.#uncommitted = batch;
  }

  #read(): readonly ReadEntry[] {
    const { log, maxBatch } = this.#options;
    try {
      return log.records.read(this.topics, this.#offset, maxBatch);
    } catch (error) {
      throw toLogError(error, `reading for ${this.name}`);
    }
  }

  #processOne(entry: ReadEntry): readonly Output[] {
    if (entry.kind === 'corrupt') return this.#bury({ ...entry, event: entry.text });
    try {
      return this.#stage.process(entry.record);
    } catch (error) {
      if (!(error instanceof PoisonError)) throw error;
      return this.#bury({ ...entry.record, reason: error.message });
    }
  }

  /** A dead letter that is itself deadly is only counted: one for each would never end. */
  #bury(fields: Pick<DeadLetterFields, 'topic' | 'offset' | 'reason' | 'event'>): readonly Output[] {
    const { topic, offset, reason, event } = fields;
    this.#options.metrics.deadLetter(this.name);
    this.#options.logger.warn({ stage: this.name, topic, offset, reason }, 'a stage could not take an event');
    if (topic === 'dead') return [];
    const timeMs = this.#options.clock.nowMs();
    return [
      { topic: 'dead', event: createDeadLetter({ stage: this.name, topic, offset, reason, event, timeMs }) },
    ];
  }

  #commit(batch: Batch): void {
    const { log, clock, metrics, onPoint } = this.#options;
    const startedMs = performance.now();
    onPoint('commit:begin');
    log.transact((emit) => {
      for (const output of batch.outputs) emit(output);
      onPoint('commit:outputs');
      log.stages.apply(this.name, batch.state);
      onPoint('commit:state');
      if (isTransactional(this.#stage)) this.#stage.commitInto(log.database);
      onPoint('commit:tables');
      log.stages.setOffset(this.name, batch.offset, clock.nowMs());
      onPoint('commit:offset');
    });
    onPoint('commit:done');
    this.#committed = batch.offset;
    this.#uncommitted = undefined;
    this.#waitingRecords = 0;
    this.#waitingSinceMs = undefined;
    metrics.committed(this.name, (performance.now() - startedMs) / 1000);
    this.#stage.committed?.();
    onPoint('stage:committed');
  }
}
