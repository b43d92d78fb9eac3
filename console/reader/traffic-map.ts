import type { DatabaseSync } from 'node:sqlite';
import {
  aggregateObservations,
  type AggregatedObservations,
  type Aggregation,
} from '../../history/aggregate-observations.ts';
import type { SeriesIdentity } from '../../history/history-write.ts';
import { signalCatalogue } from '../../signals/catalogue.ts';
import { isQuantile, type MeasureDefinition } from '../../signals/define-signal.ts';
import { measureValue } from '../../signals/measure-value.ts';

export interface MapEdge {
  readonly namespace: string;
  readonly workload: string;
  readonly peer: string;
  readonly peerKind: string;
  readonly role: string;
  readonly servicePorts: readonly number[];
  /** `signal/measure` → value over the window; what is unknown is left out. */
  readonly measures: Readonly<Record<string, number>>;
}

export interface TrafficMap {
  readonly edges: readonly MapEdge[];
  readonly truncated: boolean;
}

const maxEdges = 2000;

/** Who talked to whom in a window, and how it went. */
export function trafficMap(database: DatabaseSync, question: TrafficMapQuestion): TrafficMap {
  return drawTrafficMap(aggregateObservations(database, trafficMapAggregation(question)));
}

export interface TrafficMapQuestion {
  readonly sinceMs: number;
  readonly untilMs: number;
}

/** What has to be read for it. */
export const trafficMapAggregation = ({ sinceMs, untilMs }: TrafficMapQuestion): Aggregation => ({
  series: {},
  sinceMs,
  untilMs,
  stepMs: Infinity,
  groupOf: (series) => JSON.stringify([edgeOf(series), series.service_port, series.signal]),
  maxGroups: maxEdges * 8,
});

export function drawTrafficMap({ groups, truncated }: AggregatedObservations): TrafficMap {
  const shown = groups.filter(({ series }) => series.peer_kind !== 'loopback');
  const edges = [...Map.groupBy(shown, ({ series }) => edgeOf(series)).values()].flatMap(
    (parts): MapEdge[] => {
      const series = parts[0]?.series;
      if (series === undefined) return [];
      const { namespace, workload, peer, peer_kind: peerKind, role } = series;
      const servicePorts = [...new Set(parts.map((part) => part.series.service_port))].toSorted(
        (a, b) => a - b,
      );
      return [{ namespace, workload, peer, peerKind, role, servicePorts, measures: measuresOf(parts) }];
    },
  );
  return { edges: edges.slice(0, maxEdges), truncated: truncated || edges.length > maxEdges };
}

function edgeOf({ namespace, workload, peer, role }: SeriesIdentity): string {
  return JSON.stringify([namespace, workload, peer, role]);
}

function measuresOf(
  parts: readonly {
    readonly series: SeriesIdentity;
    readonly steps: ReadonlyMap<number, Record<string, number>>;
  }[],
): Readonly<Record<string, number>> {
  const values: Record<string, number> = {};
  for (const { series, steps } of parts)
    for (const [name, measure] of Object.entries(signalCatalogue.get(series.signal)?.measures ?? {})) {
      const id = `${series.signal}/${name}`;
      const value = [...steps.values()].map((fields) => measureValue(measure, fields))[0] ?? NaN;
      if (!Number.isNaN(value)) values[id] = together(measure, values[id], value);
    }
  return values;
}

/** Of several ports, counts add up; of ratios and quantiles the worst counts: an edge is as bad as its worst service. */
function together(measure: MeasureDefinition, before: number | undefined, value: number): number {
  if (before === undefined) return value;
  const adds = !isQuantile(measure) && measure.denominator === undefined;
  return adds ? before + value : Math.max(before, value);
}
