import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { topics, type Topic } from '../port.ts';
import { inTransaction } from './database.ts';
import type { LogLimits, TopicLimits } from './log-limits.ts';
import { recordRanks, type RecordRank } from './record-rank.ts';

/** Rows deleted in one transaction, and transactions in one call: a call never holds the loop for long. */
const chunkRows = 1000;
const maxChunks = 16;
/** Free pages are used again by what comes next; only a file that is mostly air is shrunk, a little at a time. */
const freeShare = 0.25;
const vacuumPages = 500;

export interface Retired {
  readonly topic: Topic;
  readonly rank: RecordRank;
  /** Deleted before the slowest consumer had read it. */
  readonly unread: boolean;
  readonly count: number;
}

export interface RetentionInput {
  readonly nowMs: number;
  /** The offset up to which every consumer of the topic has read. */
  slowestOffset(topic: Topic): number;
}

interface Doomed {
  readonly offset: number;
  readonly rank: RecordRank;
  readonly bytes: number;
}

/**
 * Keeps the log within its limits. What every consumer has read goes by age and bytes, oldest first. What some
 * consumer has not read goes only beyond the hard limit, and then by rank: a stuck stage costs quiet
 * observations before candidates, and candidates before alerts.
 */
export class Retention {
  readonly #database: DatabaseSync;
  readonly #limits: LogLimits;
  readonly #bytes = new Map<Topic, number>();
  readonly #first: StatementSync;
  readonly #oldest: StatementSync;
  readonly #oldestOfRank: StatementSync;
  readonly #delete: StatementSync;

  constructor(database: DatabaseSync, limits: LogLimits) {
    this.#database = database;
    this.#limits = limits;
    for (const row of database
      .prepare('SELECT topic, SUM(bytes) AS bytes FROM records GROUP BY topic')
      .iterate())
      this.#bytes.set(row['topic'] as Topic, Number(row['bytes']));
    this.#first = database.prepare(
      'SELECT appended_at_ms FROM records WHERE topic = ? ORDER BY offset LIMIT 1',
    );
    this.#oldest = database.prepare(
      `SELECT offset, rank, bytes, appended_at_ms FROM records
       WHERE topic = ? AND offset <= ? ORDER BY offset LIMIT ${chunkRows}`,
    );
    this.#oldestOfRank = database.prepare(
      `SELECT offset, rank, bytes FROM records
       WHERE topic = ? AND offset > ? AND rank = ? ORDER BY offset LIMIT ${chunkRows}`,
    );
    this.#delete = database.prepare('DELETE FROM records WHERE offset = ?');
  }

  bytes(topic: Topic): number {
    return this.#bytes.get(topic) ?? 0;
  }

  /** To be called after the commit of what was appended. */
  added(topic: Topic, bytes: number): void {
    this.#bytes.set(topic, this.bytes(topic) + bytes);
  }

  run(input: RetentionInput): readonly Retired[] {
    const retired = topics.flatMap((topic) => [
      ...this.#retireRead(topic, input),
      ...this.#retireUnread(topic, input),
    ]);
    this.#shrink();
    return retired;
  }

  #shrink(): void {
    const free = Number(this.#database.prepare('PRAGMA freelist_count').get()?.['freelist_count']);
    const pages = Number(this.#database.prepare('PRAGMA page_count').get()?.['page_count']);
    if (free > pages * freeShare) this.#database.exec(`PRAGMA incremental_vacuum(${vacuumPages})`);
  }

  #retireRead(topic: Topic, input: RetentionInput): readonly Retired[] {
    const limits = this.#limits.topics[topic];
    const all: Retired[] = [];
    for (let chunk = 0; chunk < maxChunks; chunk += 1) {
      const doomed = this.#readBeyondLimits(topic, limits, input);
      if (doomed.length === 0) break;
      all.push(...this.#deleteAll(topic, doomed, false));
    }
    return all;
  }

  #readBeyondLimits(topic: Topic, limits: TopicLimits, input: RetentionInput): readonly Doomed[] {
    const oldestKeptMs = input.nowMs - limits.maxAgeMs;
    let bytes = this.bytes(topic);
    const first = this.#first.get(topic);
    if (first === undefined || (bytes <= limits.maxBytes && Number(first['appended_at_ms']) >= oldestKeptMs))
      return [];
    const rows = this.#oldest.all(topic, input.slowestOffset(topic)) as unknown as readonly (Doomed & {
      readonly appended_at_ms: number;
    })[];
    const end = rows.findIndex((row) => {
      const keep = bytes <= limits.maxBytes && row.appended_at_ms >= oldestKeptMs;
      bytes -= row.bytes;
      return keep;
    });
    return end === -1 ? rows : rows.slice(0, end);
  }

  #retireUnread(topic: Topic, input: RetentionInput): readonly Retired[] {
    const { hardMaxBytes } = this.#limits.topics[topic];
    const all: Retired[] = [];
    for (let chunk = 0; chunk < maxChunks && this.bytes(topic) > hardMaxBytes; chunk += 1) {
      const doomed = this.#leastValuable(topic, input.slowestOffset(topic), this.bytes(topic) - hardMaxBytes);
      if (doomed.length === 0) break;
      all.push(...this.#deleteAll(topic, doomed, true));
    }
    return all;
  }

  #leastValuable(topic: Topic, afterOffset: number, excessBytes: number): readonly Doomed[] {
    for (const rank of recordRanks) {
      const rows = this.#oldestOfRank.all(topic, afterOffset, rank) as unknown as readonly Doomed[];
      if (rows.length === 0) continue;
      let freed = 0;
      const end = rows.findIndex((row) => {
        const enough = freed >= excessBytes;
        freed += row.bytes;
        return enough;
      });
      return end === -1 ? rows : rows.slice(0, end);
    }
    return [];
  }

  #deleteAll(topic: Topic, doomed: readonly Doomed[], unread: boolean): readonly Retired[] {
    inTransaction(this.#database, () => {
      for (const { offset } of doomed) this.#delete.run(offset);
    });
    this.added(topic, -doomed.reduce((sum, row) => sum + row.bytes, 0));
    return recordRanks
      .map((rank) => ({ topic, rank, unread, count: doomed.filter((row) => row.rank === rank).length }))
      .filter(({ count }) => count > 0);
  }
}
