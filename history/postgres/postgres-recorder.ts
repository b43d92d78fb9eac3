import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import type { EmbeddedLog } from '../../stream/embedded/embedded-log.ts';
import { PoisonError, topics, type StreamRecord } from '../../stream/port.ts';
import type { StreamLogger } from '../../stream/stream-logger.ts';
import type { HistoryWrite } from '../history-write.ts';
import { defaultHistoryLimits } from '../retention.ts';
import { toWrites } from '../to-writes.ts';
import { assertCurrent } from './migrate-postgres.ts';
import { connectionLimits } from './postgres-database.ts';
import { PostgresHistoryError } from './postgres-history-error.ts';
import { recordedOffset, type WriteLimits } from './postgres-history-writer.ts';
import { recordBatch, type RecordWrites } from './record-batch.ts';

export interface PostgresRecorderOptions {
  readonly log: EmbeddedLog;
  /** Asked at each connection, so that a rotated password takes effect. */
  readonly url: () => Promise<string>;
  /** Of this log, and no other: its offset is kept under this name. */
  readonly recorder: string;
  readonly logger: StreamLogger;
  readonly limits?: WriteLimits;
  readonly onFailure?: () => void;
  /** Observations that found no room; records that the database does not take. */
  readonly onLeftOut?: (reason: 'series' | 'refused', count: number) => void;
  /** The tables are not those of this program: no waiting mends that. */
  readonly onFatal: (error: Error) => void;
  readonly firstRetryMs?: number;
}

export interface PostgresRecorder {
  start(): void;
  /** Ends after the batch in hand. */
  stop(): Promise<void>;
  /** Records of the log that are not in PostgreSQL yet; at most 10,000 are counted. */
  lag(): number;
}

const batchRecords = 256;
const maxRetryMs = 30_000;
/** While little is new, it waits so long for more. */
const gatherMs = 250;
const maxLag = 10_000;

/**
 * Copies what the log records into PostgreSQL, in batches that carry their offset. While the database is away the log
 * keeps what was not copied, as for any of its readers and within the log's own bounds, and nobody waits.
 */
export function createPostgresRecorder(options: PostgresRecorderOptions): PostgresRecorder {
  return new Recorder(options);
}

class Recorder implements PostgresRecorder {
  readonly #options: PostgresRecorderOptions;
  readonly #stopping = new AbortController();
  #wake = Promise.withResolvers<void>();
  #position = 0;
  #running: Promise<void> = Promise.resolve();
  #endings: readonly (() => void)[] = [];

  constructor(options: PostgresRecorderOptions) {
    this.#options = options;
  }

  start(): void {
    const { log } = this.#options;
    this.#endings = [
      log.onAppend(() => this.#wake.resolve()),
      log.addConsumer({ topics, position: () => this.#position }),
    ];
    this.#running = this.#run();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#wake.resolve();
    await this.#running;
    for (const end of this.#endings) end();
  }

  lag(): number {
    return this.#options.log.records.countAfter(topics, this.#position, maxLag);
  }

  async #run(): Promise<void> {
    const { logger, onFailure, onFatal, firstRetryMs = 500 } = this.#options;
    for (let retryMs = firstRetryMs; !this.#stopping.signal.aborted;) {
      try {
        await this.#copyOverOneConnection(() => (retryMs = firstRetryMs));
      } catch (error) {
        if (error instanceof PostgresHistoryError) return onFatal(error);
        onFailure?.();
        logger.warn(
          { err: error, retry_ms: retryMs },
          'history: PostgreSQL is away; the log keeps what is new',
        );
        await this.#pause(retryMs);
        retryMs = Math.min(retryMs * 2, maxRetryMs);
      }
    }
  }

  async #copyOverOneConnection(onWritten: () => void): Promise<void> {
    const { recorder, url } = this.#options;
    const client = new Client({
      connectionString: await url(),
      ...connectionLimits,
      application_name: 'saccade record',
    });
    // The query in hand is rejected with it; between queries there is nothing to tell.
    client.on('error', () => undefined);
    try {
      await client.connect();
      await assertCurrent(client);
      this.#position = await recordedOffset(client, recorder);
      while (!this.#stopping.signal.aborted) {
        this.#wake = Promise.withResolvers();
        const copied = await this.#copyBatch(client);
        if (!copied) await this.#wake.promise;
        // A second's worth in one transaction: rows of a second are then written about once.
        else if (this.lag() < batchRecords) await this.#pause(gatherMs);
        if (copied) onWritten();
      }
    } finally {
      await client.end().catch(() => undefined);
    }
  }

  async #pause(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.#stopping.signal }).catch(() => undefined);
  }

  /** false: there is nothing new. */
  async #copyBatch(client: Client): Promise<boolean> {
    const { log, recorder, limits = defaultHistoryLimits, logger, onLeftOut } = this.#options;
    const entries = log.records.read(topics, this.#position, batchRecords);
    const last = entries.at(-1);
    if (last === undefined) return false;
    const offset = last.kind === 'record' ? last.record.offset : last.offset;
    const records = entries.flatMap((entry): RecordWrites[] =>
      entry.kind === 'record' ? [{ offset: entry.record.offset, writes: writesOf(entry.record) }] : [],
    );
    const batch = { after: this.#position, offset, records };
    const result = await recordBatch(client, batch, {
      ...limits,
      recorder,
      onRefused: (refused, error) => {
        onLeftOut?.('refused', 1);
        logger.error({ err: error, offset: refused }, 'history: PostgreSQL does not take this record');
      },
    });
    if (result.kind === 'written' && result.leftOut > 0) onLeftOut?.('series', result.leftOut);
    this.#position = result.kind === 'written' ? offset : await recordedOffset(client, recorder);
    return true;
  }
}

/** What cannot be taken is buried by the record stage, which reads the same log. */
export function writesOf(record: StreamRecord): readonly HistoryWrite[] {
  try {
    return toWrites(record);
  } catch (error) {
    if (error instanceof PoisonError) return [];
    throw error;
  }
}
