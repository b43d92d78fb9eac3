import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { CloudEvent } from '../cloud-event.ts';
import { parseCloudEvent, type ParsedEvent } from '../parse-cloud-event.ts';
import { topics, type StreamRecord, type Topic } from '../port.ts';
import { ParsedRecords } from './parsed-records.ts';
import { recordRank } from './record-rank.ts';

/** A stored record, or what is left of one whose text does not parse. */
export type ReadEntry =
  | { readonly kind: 'record'; readonly record: StreamRecord }
  | {
      readonly kind: 'corrupt';
      readonly topic: Topic;
      readonly offset: number;
      readonly reason: string;
      readonly text: string;
    };

interface Row {
  readonly offset: number;
  readonly topic: Topic;
  readonly appended_at_ms: number;
  readonly event: string;
}

/** Statements over `records`, prepared once. */
export class RecordTable {
  readonly #insert: StatementSync;
  readonly #read: StatementSync;
  readonly #last: StatementSync;
  readonly #count: StatementSync;
  /**
   * The last offset of each topic, so that a stage without news costs no query. Never too low: this is the only
   * writer; too high after a rollback, which costs one query in vain.
   */
  readonly #newest = new Map<Topic, number>();
  readonly #parsed = new ParsedRecords(parseCloudEvent);

  constructor(database: DatabaseSync) {
    this.#insert = database.prepare(
      `INSERT INTO records (topic, rank, appended_at_ms, bytes, source, event_id, event)
       VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (source, event_id, topic) DO NOTHING`,
    );
    this.#read = database.prepare(
      `SELECT offset, topic, appended_at_ms, event FROM records
       WHERE topic = ? AND offset > ? ORDER BY offset LIMIT ?`,
    );
    this.#last = database.prepare("SELECT seq FROM sqlite_sequence WHERE name = 'records'");
    this.#count = database.prepare(
      'SELECT COUNT(*) AS n FROM (SELECT 1 FROM records WHERE topic = ? AND offset > ? LIMIT ?)',
    );
    const newest = database.prepare('SELECT MAX(offset) AS offset FROM records WHERE topic = ?');
    for (const topic of topics) this.#newest.set(topic, Number(newest.get(topic)?.['offset'] ?? 0));
  }

  /** Returns the bytes stored, 0 for a duplicate. */
  insert(topic: Topic, event: CloudEvent, appendedAtMs: number): number {
    const text = JSON.stringify(event);
    const bytes = Buffer.byteLength(text);
    const { changes, lastInsertRowid } = this.#insert.run(
      topic,
      recordRank(event),
      appendedAtMs,
      bytes,
      event.source,
      event.id,
      text,
    );
    if (Number(changes) === 0) return 0;
    this.#newest.set(topic, Number(lastInsertRowid));
    return bytes;
  }

  /** Up to `limit` records of these topics after `afterOffset`, in the order of their append. */
  read(inputs: readonly Topic[], afterOffset: number, limit: number): readonly ReadEntry[] {
    const news = inputs.filter((topic) => (this.#newest.get(topic) ?? 0) > afterOffset);
    const rows = news.flatMap((topic) => this.#read.all(topic, afterOffset, limit) as unknown as Row[]);
    if (news.length > 1) rows.sort((a, b) => a.offset - b.offset);
    return rows.slice(0, limit).map((row) => toEntry(row, this.#parsed.of(row.offset, row.event)));
  }

  /** The highest offset ever given. */
  lastOffset(): number {
    return Number(this.#last.get()?.['seq'] ?? 0);
  }

  /** Records of these topics after `afterOffset`, counted up to `limit` each. */
  countAfter(inputs: readonly Topic[], afterOffset: number, limit: number): number {
    return inputs.reduce(
      (sum, topic) => sum + Number(this.#count.get(topic, afterOffset, limit)?.['n'] ?? 0),
      0,
    );
  }
}

function toEntry(row: Row, parsed: ParsedEvent): ReadEntry {
  const { topic, offset } = row;
  if (!parsed.ok) return { kind: 'corrupt', topic, offset, reason: parsed.reason, text: row.event };
  return {
    kind: 'record',
    record: { topic, partition: 0, offset, appendedAtMs: row.appended_at_ms, event: parsed.event },
  };
}
