import type { DatabaseSync } from 'node:sqlite';
import type { SeriesIdentity } from './history-write.ts';
import { mergeFields, type Fields } from './merge-fields.ts';
import { observationTables, type ObservedRow, toObservedRow } from './observation-rows.ts';
import { findSeries, type SeriesFilter } from './observation-series.ts';

export interface Aggregation {
  readonly series: SeriesFilter;
  readonly sinceMs: number;
  readonly untilMs: number;
  /** Rows of one group within one step become one; at least a second. `Infinity`: one for the whole window. */
  readonly stepMs: number;
  /** Series with the same answer are merged. */
  readonly groupOf: (series: SeriesIdentity) => string;
  readonly maxGroups: number;
}

export interface ObservedGroup {
  readonly group: string;
  /** One of those in it. */
  readonly series: SeriesIdentity;
  /** Step's start → fields, in order of time. */
  readonly steps: ReadonlyMap<number, Fields>;
}

export interface AggregatedObservations {
  readonly groups: readonly ObservedGroup[];
  /** More was there than one question may read. */
  readonly truncated: boolean;
}

/** Rows that one question may read: about a second of work. */
const maxRows = 300_000;

/** Observations of a past window, merged by group and step as their signal's catalogue entry says. */
export function aggregateObservations(database: DatabaseSync, ask: Aggregation): AggregatedObservations {
  const fold = createObservationFold(ask);
  for (const { id, series } of findSeries(database, ask.series)) {
    if (fold.room() === 0) break;
    fold.add(series, readRows(database, id, ask, fold.room()));
  }
  return fold.result();
}

/** Rows of one series after the other become groups and steps; wherever they come from. */
export interface ObservationFold {
  /** Rows that may still be added. */
  room(): number;
  add(series: SeriesIdentity, rows: readonly ObservedRow[]): void;
  result(): AggregatedObservations;
}

export function createObservationFold(ask: Aggregation): ObservationFold {
  const groups = new Map<string, { series: SeriesIdentity; steps: Map<number, Fields> }>();
  let count = 0;
  let truncated = false;
  return {
    room: () => Math.max(0, maxRows - count),
    add(series, rows) {
      if (rows.length === 0) return;
      count += rows.length;
      truncated ||= count >= maxRows;
      const name = ask.groupOf(series);
      const group = groups.get(name) ?? { series, steps: new Map<number, Fields>() };
      if (!groups.has(name)) {
        if (groups.size >= ask.maxGroups) {
          truncated = true;
          return;
        }
        groups.set(name, group);
      }
      for (const { atMs, fields } of rows) addRow(group.steps, series.signal, stepOf(atMs, ask), fields);
    },
    result: () => ({
      groups: [...groups].map(([group, { series, steps }]) => ({ group, series, steps: sorted(steps) })),
      truncated,
    }),
  };
}

function stepOf(atMs: number, { stepMs, sinceMs }: Aggregation): number {
  return Number.isFinite(stepMs) ? Math.floor(atMs / stepMs) * stepMs : sinceMs;
}

function addRow(steps: Map<number, Fields>, signal: string, step: number, fields: Fields): void {
  const before = steps.get(step);
  steps.set(step, before === undefined ? fields : mergeFields(signal, before, fields));
}

function sorted(steps: ReadonlyMap<number, Fields>): ReadonlyMap<number, Fields> {
  return new Map([...steps].toSorted(([a], [b]) => a - b));
}

function readRows(
  database: DatabaseSync,
  id: number,
  ask: Aggregation,
  limit: number,
): readonly ObservedRow[] {
  return observationTables.flatMap(({ table, resolutionMs }) =>
    database
      .prepare(
        `SELECT bucket_ms, fields FROM ${table} WHERE series_id = ? AND bucket_ms >= ? AND bucket_ms < ?
         ORDER BY bucket_ms LIMIT ?`,
      )
      .all(id, ask.sinceMs, ask.untilMs, Math.max(0, limit))
      .map((row) => toObservedRow(row, resolutionMs)),
  );
}
