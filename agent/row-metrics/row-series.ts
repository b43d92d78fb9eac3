import { signalCatalogue } from '../../signals/catalogue.ts';
import type { FieldDefinition } from '../../signals/define-signal.ts';
import type { ObservationBatch, ObservationRow, Subject } from '../../stream/events/observation.ts';

/** A series without rows for so long may make room for another. */
const idleMs = 10 * 60_000;
/** Levels are the extremes of this stretch of time and the one before: rows of one series come from several sources. */
const levelMs = 30_000;

export interface Series {
  readonly labels: Readonly<Record<string, string>>;
  /** Sums since the series began; of levels the extremes of the last half minute to minute. */
  readonly fields: Readonly<Record<string, number>>;
}

export interface RowSeriesTable {
  of(signal: string): Iterable<Series>;
}

interface KeptSeries {
  readonly signal: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly sums: Record<string, number>;
  levels: Levels;
  levelsBefore: Levels;
  toldAtMs: number;
}

interface Levels {
  /** Number of the stretch of time. */
  readonly stretch: number;
  readonly values: Readonly<Record<string, number>>;
}

const noLevels: Levels = { stretch: -1, values: {} };

export interface RowSeriesOptions {
  readonly maxSeries: number;
  /** With the labels `peer` and `target`. */
  readonly peers: boolean;
  readonly nowMs: () => number;
}

/** What rows add up to, by signal and labels; at most `maxSeries`, the one that is idle the longest goes first. */
export class RowSeries implements RowSeriesTable {
  readonly #maxSeries: number;
  readonly #peers: boolean;
  readonly #nowMs: () => number;
  /** In the order of their last row. */
  readonly #series = new Map<string, KeptSeries>();
  readonly #leftOut = new Map<string, number>();

  constructor({ maxSeries, peers, nowMs }: RowSeriesOptions) {
    this.#maxSeries = maxSeries;
    this.#peers = peers;
    this.#nowMs = nowMs;
  }

  add({ subject, rows }: ObservationBatch): void {
    for (const row of rows) this.#addRow(subject, row);
  }

  *of(signal: string): Generator<Series> {
    const merges = mergesOf(signal);
    const stretch = this.#stretch();
    for (const { signal: of, labels, sums, levels, levelsBefore } of this.#series.values())
      if (of === signal) {
        const recent = [levelsBefore, levels].filter((one) => one.stretch >= stretch - 1);
        const extremes = recent.reduce((all, { values }) => mergeLevels(all, values, merges), {});
        yield { labels, fields: { ...sums, ...extremes } };
      }
  }

  /** Rows by signal. */
  leftOut(): ReadonlyMap<string, number> {
    return this.#leftOut;
  }

  #addRow(subject: Subject, row: ObservationRow): void {
    const definition = signalCatalogue.get(row.signal);
    if (definition === undefined) return;
    const series = this.#seriesOf(subject, row);
    if (series === undefined) {
      this.#leftOut.set(row.signal, (this.#leftOut.get(row.signal) ?? 0) + 1);
      return;
    }
    const levels: Record<string, number> = {};
    for (const [name, value] of Object.entries(row.fields))
      // Buckets of sketches are not in the catalogue, and add up.
      if ((definition.fields[name]?.merge ?? 'sum') === 'sum')
        series.sums[name] = (series.sums[name] ?? 0) + value;
      else levels[name] = value;
    this.#addLevels(series, levels);
    series.toldAtMs = this.#nowMs();
  }

  #addLevels(series: KeptSeries, values: Readonly<Record<string, number>>): void {
    const stretch = this.#stretch();
    if (series.levels.stretch !== stretch) {
      series.levelsBefore = series.levels;
      series.levels = { stretch, values };
      return;
    }
    series.levels = { stretch, values: mergeLevels(series.levels.values, values, mergesOf(series.signal)) };
  }

  #stretch(): number {
    return Math.floor(this.#nowMs() / levelMs);
  }

  #seriesOf(subject: Subject, row: ObservationRow): KeptSeries | undefined {
    const labels = labelsOf(subject, row, this.#peers);
    const key = JSON.stringify([row.signal, labels]);
    const known = this.#series.get(key);
    if (known === undefined && !this.#hasRoom()) return undefined;
    const series = known ?? {
      signal: row.signal,
      labels,
      sums: {},
      levels: noLevels,
      levelsBefore: noLevels,
      toldAtMs: 0,
    };
    this.#series.delete(key);
    this.#series.set(key, series);
    return series;
  }

  #hasRoom(): boolean {
    if (this.#series.size < this.#maxSeries) return true;
    const [oldest] = this.#series;
    if (oldest === undefined || this.#nowMs() - oldest[1].toldAtMs < idleMs) return false;
    return this.#series.delete(oldest[0]);
  }
}

type Merges = Readonly<Record<string, FieldDefinition>>;

function mergesOf(signal: string): Merges {
  return signalCatalogue.get(signal)?.fields ?? {};
}

function mergeLevels(
  a: Readonly<Record<string, number>>,
  b: Readonly<Record<string, number>>,
  merges: Merges,
): Readonly<Record<string, number>> {
  const merged: Record<string, number> = { ...a };
  for (const [name, value] of Object.entries(b)) {
    const before = merged[name] ?? value;
    merged[name] = merges[name]?.merge === 'min' ? Math.min(before, value) : Math.max(before, value);
  }
  return merged;
}

function labelsOf(
  { namespace, workload }: Subject,
  { role, service_port, peer, target }: ObservationRow,
  peers: boolean,
): Readonly<Record<string, string>> {
  return {
    namespace,
    workload,
    role,
    peer_kind: peer.kind,
    service_port: String(service_port),
    ...(peers && { peer: peer.name, ...(target !== undefined && { target }) }),
  };
}
