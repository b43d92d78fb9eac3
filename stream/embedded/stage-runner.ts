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

/** What a batch did and what is still to be committed. */
interface Batch {
  readonly offset: number;
  readonly records: number;
  readonly outputs: readonly Output[];
  readonly state: readonly StateChange[];
}

/**
 * One stage over the log: read, process, commit.
 *
 * Invariant: once records have been processed, their outputs, state and offset are committed together or held
 * in `#uncommitted` and tried again; the stage sees no further record before that. So a full disk delays and
 * loses nothing, and a crash anywhere falls back to the last commit.
 */
export class StageRunner {
  readonly #options: StageRunnerOptions;
  readonly #stage: Stage;
  #offset = 0;
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

  position(): number {
    return this.#offset;
  }

  /** Records that wait, counted up to `limit` a topic. */
  lag(limit: number): number {
    return this.#options.log.records.countAfter(this.topics, this.#offset, limit);
  }

  /** Loads state and offset as of the last commit. */
  restore(): void {
    const { stages } = this.#options.log;
    this.#stage.restore(stages.entries(this.name));
    this.#offset = stages.offset(this.name);
    this.#lastProgressMs = this.#options.clock.nowMs();
  }

  /** Takes one batch; false: there was none. Throws a retryable LogError if it could not be committed yet. */
  step(): boolean {
    this.#uncommitted ??= this.#processNext();
    if (this.#uncommitted === undefined) {
      this.#lastProgressMs = this.#options.clock.nowMs();
      return false;
    }
    this.#commit(this.#uncommitted);
    return true;
  }

  #processNext(): Batch | undefined {
    const { onPoint } = this.#options;
    const entries = this.#read();
    const last = entries.at(-1);
    if (last === undefined) return undefined;
    onPoint('stage:read');
    const outputs = entries.flatMap((entry) => this.#processOne(entry));
    const state = [...this.#stage.drainState()];
    onPoint('stage:processed');
    const offset = last.kind === 'record' ? last.record.offset : last.offset;
    return { offset, records: entries.length, outputs, state };
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
    this.#offset = batch.offset;
    this.#uncommitted = undefined;
    this.#lastProgressMs = clock.nowMs();
    metrics.committed(this.name, (performance.now() - startedMs) / 1000);
    metrics.processed(this.name, batch.records);
    this.#stage.committed?.();
    onPoint('stage:committed');
  }
}
