import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { HistoryWrite } from './history-write.ts';
import { mergeFields, type Fields } from './merge-fields.ts';
import type { SeriesIndex } from './series-index.ts';

const bucketMs = 1000;

/** Bytes that a row takes beside its fields, about: key, header, share of the page. */
export const rowOverheadBytes = 24;

/** Writes observations at one second; several rows of one series and second become one. */
export class ObservationWriter {
  readonly #series: SeriesIndex;
  readonly #get: StatementSync;
  readonly #put: StatementSync;
  readonly #addBytes: StatementSync;
  readonly #onDropped: (count: number) => void;

  constructor(database: DatabaseSync, series: SeriesIndex, onDropped: (count: number) => void) {
    this.#series = series;
    this.#onDropped = onDropped;
    this.#get = database.prepare('SELECT fields FROM observations_1s WHERE series_id = ? AND bucket_ms = ?');
    this.#put = database.prepare(
      `INSERT INTO observations_1s VALUES (?, ?, ?)
       ON CONFLICT (series_id, bucket_ms) DO UPDATE SET fields = excluded.fields`,
    );
    this.#addBytes = database.prepare(
      "UPDATE observation_bytes SET bytes = bytes + ? WHERE resolution = '1s'",
    );
  }

  writeAll(writes: readonly Extract<HistoryWrite, { kind: 'observation' }>[]): void {
    let bytes = 0;
    let dropped = 0;
    for (const { series, atMs, fields } of writes) {
      const id = this.#series.idOf(series);
      if (id === undefined) dropped += 1;
      else bytes += this.#add(id, series.signal, Math.floor(atMs / bucketMs) * bucketMs, fields);
    }
    if (bytes !== 0) this.#addBytes.run(bytes);
    if (dropped > 0) this.#onDropped(dropped);
  }

  /** Returns by how many bytes the table grew. */
  #add(id: number, signal: string, atMs: number, fields: Fields): number {
    const before = this.#get.get(id, atMs)?.['fields'] as string | undefined;
    const merged = before === undefined ? fields : mergeFields(signal, JSON.parse(before) as Fields, fields);
    const text = JSON.stringify(merged);
    this.#put.run(id, atMs, text);
    return text.length - (before === undefined ? -rowOverheadBytes : before.length);
  }
}
