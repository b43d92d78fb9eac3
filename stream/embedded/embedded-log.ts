import type { DatabaseSync } from 'node:sqlite';
import type { CloudEvent } from '../cloud-event.ts';
import type { Clock } from '../clock.ts';
import type { Output, Producer, Topic } from '../port.ts';
import { noMetrics, type StreamMetrics } from '../stream-metrics.ts';
import type { EventValidator } from '../validate-event.ts';
import { AppendQueue, type PendingAppend } from './append-queue.ts';
import { inTransaction, openDatabase } from './database.ts';
import { createDeadLetter } from './dead-letter.ts';
import { passThrough, type OnPoint } from './fault-points.ts';
import { acquireInstanceLock } from './instance-lock.ts';
import { toLogError } from './log-error.ts';
import { defaultLogLimits, type LogLimits } from './log-limits.ts';
import { logMigrations } from './log-schema.ts';
import { migrate } from './migrate.ts';
import { RecordTable } from './record-table.ts';
import { Retention, type Retired } from './retention.ts';
import { StageTable } from './stage-table.ts';

export interface EmbeddedLogOptions {
  /** The SQLite file; made if missing. Its directory must exist. */
  readonly path: string;
  readonly clock: Clock;
  readonly limits?: LogLimits;
  readonly metrics?: StreamMetrics;
  /** Checks events where they enter; what it refuses goes to `dead`. Stage outputs are not checked again. */
  readonly validate?: EventValidator;
  readonly onPoint?: OnPoint;
}

/** One who reads topics; retention keeps what it has not read. */
export interface Consumer {
  readonly topics: readonly Topic[];
  position(): number;
}

/**
 * The stream on one machine: a SQLite file with the log, the offsets and state of the stages and, in tables of
 * its own, the history; so one transaction covers what a batch of records did to all of them.
 *
 * Invariant: an offset is committed if and only if the outputs and state of everything up to it are.
 */
export interface EmbeddedLog extends Producer, AsyncDisposable {
  /** For components with tables of their own in the same file. */
  readonly database: DatabaseSync;
  readonly records: Pick<RecordTable, 'read' | 'lastOffset' | 'countAfter'>;
  readonly stages: StageTable;
  /**
   * Runs `work` in one transaction and tells listeners if outputs were added; throws a LogError and has changed
   * nothing otherwise. `emit` drops outputs whose (source, id) the topic holds.
   */
  transact(work: (emit: (output: Output) => void) => void): void;
  /** Called after every commit that added records. Returns the way to end it. */
  onAppend(listener: () => void): () => void;
  addConsumer(consumer: Consumer): () => void;
  /** Deletes what the limits allow to go; bounded work a call. */
  retain(): readonly Retired[];
  bytes(topic: Topic): number;
  /** Writes what waits, then closes the file; idempotent. */
  close(): void;
}

/** Opens the log for the one process that writes it. Throws a LogError with code, message and remedy. */
export function openEmbeddedLog(options: EmbeddedLogOptions): EmbeddedLog {
  const limits = options.limits ?? defaultLogLimits;
  const lock = acquireInstanceLock(options.path);
  try {
    const database = openDatabase({ path: options.path, maxFileBytes: limits.maxFileBytes });
    try {
      migrate(database, 'log', logMigrations);
      return new SqliteLog(options, limits, database, lock);
    } catch (error) {
      database.close();
      throw error;
    }
  } catch (error) {
    lock[Symbol.dispose]();
    throw toLogError(error, `opening ${options.path}`);
  }
}

class SqliteLog implements EmbeddedLog {
  readonly database: DatabaseSync;
  readonly records: RecordTable;
  readonly stages: StageTable;
  readonly #options: EmbeddedLogOptions;
  readonly #lock: Disposable;
  readonly #metrics: StreamMetrics;
  readonly #onPoint: OnPoint;
  readonly #queue: AppendQueue;
  readonly #retention: Retention;
  readonly #listeners = new Set<() => void>();
  readonly #consumers = new Set<Consumer>();

  constructor(options: EmbeddedLogOptions, limits: LogLimits, database: DatabaseSync, lock: Disposable) {
    this.database = database;
    this.#options = options;
    this.#lock = lock;
    this.#metrics = options.metrics ?? noMetrics;
    this.#onPoint = options.onPoint ?? passThrough;
    this.records = new RecordTable(database);
    this.stages = new StageTable(database);
    this.#retention = new Retention(database, limits);
    this.#queue = new AppendQueue({
      maxPendingEvents: limits.maxPendingEvents,
      write: (appends) => this.#write(appends),
      acknowledged: () => this.#onPoint('append:acknowledged'),
    });
  }

  append(topic: Topic, events: readonly CloudEvent[]): Promise<void> {
    return this.#queue.push(topic, events);
  }

  transact(work: (emit: (output: Output) => void) => void): void {
    const added: { topic: Topic; bytes: number }[] = [];
    const nowMs = this.#options.clock.nowMs();
    try {
      inTransaction(this.database, () =>
        work(({ topic, event }) => added.push({ topic, bytes: this.records.insert(topic, event, nowMs) })),
      );
    } catch (error) {
      throw toLogError(error, `writing ${this.#options.path}`);
    }
    this.#account(added);
  }

  onAppend(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  addConsumer(consumer: Consumer): () => void {
    this.#consumers.add(consumer);
    return () => this.#consumers.delete(consumer);
  }

  retain(): readonly Retired[] {
    try {
      const retired = this.#retention.run({
        nowMs: this.#options.clock.nowMs(),
        slowestOffset: (topic) => this.#slowestOffset(topic),
      });
      for (const { topic, rank, unread, count } of retired) this.#metrics.retired(topic, rank, unread, count);
      return retired;
    } catch (error) {
      throw toLogError(error, `deleting old records from ${this.#options.path}`);
    }
  }

  bytes(topic: Topic): number {
    return this.#retention.bytes(topic);
  }

  close(): void {
    if (!this.database.isOpen) return;
    this.#queue.close();
    this.database.close();
    this.#lock[Symbol.dispose]();
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.close();
    return Promise.resolve();
  }

  #write(appends: readonly PendingAppend[]): void {
    this.#onPoint('append:begin');
    this.transact((emit) => {
      for (const { topic, events } of appends) for (const event of events) emit(this.#admitted(topic, event));
      this.#onPoint('append:inserted');
    });
    this.#onPoint('append:committed');
  }

  #admitted(topic: Topic, event: CloudEvent): Output {
    const reason = this.#options.validate?.(event);
    if (reason === undefined) return { topic, event };
    this.#metrics.deadLetter('append');
    const timeMs = this.#options.clock.nowMs();
    return {
      topic: 'dead',
      event: createDeadLetter({ stage: 'append', reason, topic, offset: -1, event, timeMs }),
    };
  }

  /** Without any consumer everything counts as read. */
  #slowestOffset(topic: Topic): number {
    const positions = [...this.#consumers].filter((c) => c.topics.includes(topic)).map((c) => c.position());
    return Math.min(Number.MAX_SAFE_INTEGER, ...positions);
  }

  #account(added: readonly { readonly topic: Topic; readonly bytes: number }[]): void {
    for (const { topic, bytes } of added)
      if (bytes > 0) {
        this.#retention.added(topic, bytes);
        this.#metrics.appended(topic, 1);
      } else this.#metrics.duplicates(topic, 1);
    if (added.length > 0) for (const listener of this.#listeners) listener();
  }
}
