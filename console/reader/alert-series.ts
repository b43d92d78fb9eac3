import type { DatabaseSync } from 'node:sqlite';
import {
  aggregateObservations,
  type AggregatedObservations,
  type Aggregation,
} from '../../history/aggregate-observations.ts';
import { getAlert, type AlertLookup } from '../../history/alert-queries.ts';
import type { SeriesFilter } from '../../history/observation-series.ts';
import { signalCatalogue } from '../../signals/catalogue.ts';
import type { Transition } from '../../stream/events/transition.ts';
import { measureOverWindow, type ValuePoint } from './measure-over-window.ts';
import { stepFor } from './step-for.ts';

/** Value against band of one alert, from before it began to after its end. */
export interface AlertSeries {
  readonly fromMs: number;
  readonly toMs: number;
  readonly stepMs: number;
  /** The value at each step is taken over this much before it. */
  readonly windowMs: number;
  readonly unit: string;
  readonly points: readonly ValuePoint[];
  /** What was normal, as judged at that moment; it holds until the next. */
  readonly band: readonly BandPoint[];
  /** More was there than could be read. */
  readonly truncated: boolean;
}

export interface BandPoint {
  readonly atMs: number;
  readonly expected: number | null;
  readonly lower: number | null;
  readonly upper: number | null;
}

const minuteMs = 60_000;

export interface AlertSeriesQuestion {
  readonly reference: string;
  readonly nowMs: number;
}

export function alertSeries(
  database: DatabaseSync,
  { reference, nowMs }: AlertSeriesQuestion,
): AlertSeries | null {
  const plan = planAlertSeries(getAlert(database, reference), nowMs);
  return plan && plan.draw(aggregateObservations(database, plan.ask));
}

/** What has to be read for it, and what becomes of that; null: there is no such alert. */
export interface AlertSeriesPlan {
  readonly ask: Aggregation;
  draw(observed: AggregatedObservations): AlertSeries;
}

export function planAlertSeries(found: AlertLookup, nowMs: number): AlertSeriesPlan | null {
  if (found.kind !== 'found') return null;
  const { alert, transitions } = found.detail;
  const endMs = alert.endedAtMs ?? nowMs;
  const padMs = Math.min(60 * minuteMs, Math.max(3 * minuteMs, Math.round((endMs - alert.startedAtMs) / 3)));
  const [fromMs, toMs] = [alert.startedAtMs - padMs, Math.min(nowMs, endMs + Math.round(padMs / 2))];
  const stepMs = stepFor(toMs - fromMs);
  const windowMs = Math.max(stepMs, Math.min(decidingWindowMs(transitions), minuteMs));
  const signal = signalCatalogue.get(alert.last.signal);
  const measure = signal?.measures[alert.last.measure];
  return {
    ask: {
      series: seriesOf(alert.last),
      sinceMs: fromMs - windowMs,
      untilMs: toMs,
      stepMs,
      groupOf: () => '',
      maxGroups: 1,
    },
    draw({ groups, truncated }) {
      const steps = groups[0]?.steps ?? new Map<number, never>();
      const points = measure
        ? measureOverWindow(alert.last.signal, measure, steps, { stepMs, windowMs })
        : [];
      const unit = measure?.unit ?? '';
      return { fromMs, toMs, stepMs, windowMs, unit, points, band: bandOf(transitions), truncated };
    },
  };
}

/** Over which it was judged when it reached its level: over another one the curve would not show why. */
function decidingWindowMs(transitions: readonly Transition[]): number {
  const decided =
    transitions.findLast(({ state, update }) => state === 'firing' && !update) ?? transitions[0];
  return decided?.window_ms ?? 0;
}

/** The key names what was judged together; of it, what tells series apart. */
export function seriesOf({ signal, key, role }: Transition): SeriesFilter {
  const port = key['service_port'];
  const keyRole = key['role'] ?? role;
  return {
    signal,
    namespace: key['namespace'],
    workload: key['workload'],
    peer: key['peer'] ?? key['peer.name'],
    peerKind: key['peer.kind'],
    role: keyRole === 'client' || keyRole === 'server' ? keyRole : undefined,
    servicePort: port === undefined || !/^\d+$/.test(port) ? undefined : Number(port),
  };
}

function bandOf(transitions: readonly Transition[]): readonly BandPoint[] {
  return transitions.flatMap(({ at_ms: atMs, baseline }) =>
    baseline === null
      ? []
      : [{ atMs, expected: baseline.expected, lower: baseline.lower, upper: baseline.upper }],
  );
}
