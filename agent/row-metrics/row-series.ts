import { signalCatalogue } from '../../signals/catalogue.ts';
import type { ObservationBatch, ObservationRow, Subject } from '../../stream/events/observation.ts';

/** A series without rows for so long may make room for another. */
const idleMs = 10 * 60_000;
/** A level that was told so long ago says nothing of now. */
const levelMs = 60_000;

export interface Series {
  readonly labels: Readonly<Record<string, string>>;
  /** Sums since the series began; of levels the latest. */
  readonly fields: Readonly<Record<string, number>>;
}

export interface RowSeriesTable {
  of(signal: string): Iterable<Series>;
}

interface KeptSeries {
  readonly signal: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly sums: Record<string, number>;
  levels: Readonly<Record<string, number>>;
  toldAtMs: number;
}

/** What rows add up to, by signal and labels; at most `maxSeries`, the one that is idle the longest goes first. */
export class RowSeries implements RowSeriesTable {
  readonly #maxSeries: number;
  readonly #nowMs: () => number;
  /** In the order of their last row. */
  readonly #series = new Map<string, KeptSeries>();
  readonly #leftOut = new Map<string, number>();

  constructor(maxSeries: number, nowMs: () => number) {
    this.#maxSeries = maxSeries;
    this.#nowMs = nowMs;
  }

  add({ subject, rows }: ObservationBatch): void {
    for (const row of rows) this.#addRow(subject, row);
  }

  *of(signal: string): Generator<Series> {
    const nowMs = this.#nowMs();
    for (const series of this.#series.values()) {
      if (series.signal !== signal) continue;
      const levels = nowMs - series.toldAtMs < levelMs ? series.levels : {};
      yield { labels: series.labels, fields: { ...series.sums, ...levels } };
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
    series.levels = levels;
    series.toldAtMs = this.#nowMs();
  }

  #seriesOf(subject: Subject, row: ObservationRow): KeptSeries | undefined {
    const labels = labelsOf(subject, row);
    const key = JSON.stringify([row.signal, labels]);
    const known = this.#series.get(key);
    if (known === undefined && !this.#hasRoom()) return undefined;
    const series = known ?? { signal: row.signal, labels, sums: {}, levels: {}, toldAtMs: 0 };
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

function labelsOf({ namespace, workload }: Subject, row: ObservationRow): Readonly<Record<string, string>> {
  const { role, service_port, peer, target } = row;
  return {
    namespace,
    workload,
    role,
    peer: peer.name,
    peer_kind: peer.kind,
    service_port: String(service_port),
    ...(target !== undefined && { target }),
  };
}
