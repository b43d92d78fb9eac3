import type { DatabaseSync } from 'node:sqlite';
import {
  aggregateObservations,
  type AggregatedObservations,
  type Aggregation,
  type ObservedGroup,
} from '../../history/aggregate-observations.ts';
import type { SeriesIdentity } from '../../history/history-write.ts';
import { findSeries, type SeriesFilter } from '../../history/observation-series.ts';
import { signalCatalogue } from '../../signals/catalogue.ts';
import { measureOverWindow, type ValuePoint } from './measure-over-window.ts';
import { stepFor } from './step-for.ts';

export interface ExploreQuestion extends SeriesFilter {
  readonly signal: string;
  readonly measure: string;
  readonly sinceMs: number;
  readonly untilMs: number;
  /** One line each. */
  readonly groupBy: readonly ('namespace' | 'workload' | 'peer' | 'service_port' | 'role')[];
}

export interface ExploredLine {
  readonly name: string;
  readonly namespace: string;
  readonly workload: string;
  readonly peer: string;
  readonly servicePort: number;
  readonly role: string;
  readonly points: readonly ValuePoint[];
}

export interface Explored {
  readonly unit: string;
  readonly stepMs: number;
  /** Those that moved most come first. */
  readonly lines: readonly ExploredLine[];
  /** Lines left out. */
  readonly more: number;
  readonly truncated: boolean;
}

const maxGroups = 500;
const maxLines = 12;

/** A measure over a past window, a line by group. */
export function explore(database: DatabaseSync, question: ExploreQuestion): Explored | null {
  const plan = planExplore(question);
  return plan && plan.draw(aggregateObservations(database, plan.ask));
}

/** What has to be read for it, and what becomes of that; null: there is no such measure. */
export interface ExplorePlan {
  readonly ask: Aggregation;
  draw(observed: AggregatedObservations): Explored;
}

export function planExplore(question: ExploreQuestion): ExplorePlan | null {
  const measure = signalCatalogue.get(question.signal)?.measures[question.measure];
  if (measure === undefined) return null;
  const { sinceMs, untilMs, groupBy } = question;
  const stepMs = stepFor(untilMs - sinceMs);
  const lineOf = ({ group, series, steps }: ObservedGroup): ExploredLine => ({
    name: group === '' ? 'all' : group,
    namespace: series.namespace,
    workload: series.workload,
    peer: series.peer,
    servicePort: series.service_port,
    role: series.role,
    points: measureOverWindow(question.signal, measure, steps, { stepMs, windowMs: stepMs }),
  });
  return {
    ask: {
      series: question,
      sinceMs,
      untilMs,
      stepMs,
      groupOf: (series) => groupBy.map((name) => String(series[name])).join(' → '),
      maxGroups,
    },
    draw({ groups, truncated }) {
      const sorted = groups.map(lineOf).toSorted((a, b) => peakOf(b) - peakOf(a));
      const lines = sorted.slice(0, maxLines);
      return { unit: measure.unit, stepMs, lines, more: sorted.length - lines.length, truncated };
    },
  };
}

function peakOf({ points }: ExploredLine): number {
  return points.reduce((peak, [, value]) => Math.max(peak, value ?? -1), -1);
}

export interface SeriesChoices {
  readonly namespaces: readonly string[];
  readonly workloads: readonly string[];
  readonly peers: readonly string[];
  readonly signals: readonly string[];
}

const maxChoices = 2000;

/** What may be chosen from, given what is chosen already. */
export function seriesChoices(database: DatabaseSync, filter: SeriesFilter): SeriesChoices {
  return choicesOf(findSeries(database, filter).map(({ series }) => series));
}

export function choicesOf(all: readonly SeriesIdentity[]): SeriesChoices {
  const distinct = (values: readonly string[]): readonly string[] =>
    [...new Set(values)].toSorted().slice(0, maxChoices);
  return {
    namespaces: distinct(all.map(({ namespace }) => namespace)),
    workloads: distinct(all.map(({ workload }) => workload)),
    peers: distinct(all.map(({ peer }) => peer)),
    signals: distinct(all.map(({ signal }) => signal)),
  };
}
