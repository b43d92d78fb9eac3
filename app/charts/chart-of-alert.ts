import type { DatabaseSync } from 'node:sqlite';
import { alertSeries, type AlertSeries } from '../../console/reader/alert-series.ts';
import { alertId } from '../../history/alert-id.ts';
import { getAlert, type AlertEntry, type AlertLookup } from '../../history/alert-queries.ts';
import type { AlertReference } from '../../notifiers/chart/chart-maker.ts';
import type { ChartData, ChartMark } from '../../notifiers/chart/chart-data.ts';
import { direction } from '../../notifiers/content/alert-view.ts';
import { describeWorst } from '../../notifiers/content/describe-alert.ts';
import { formatMeasure } from '../../signals/format-measure.ts';
import type { Transition } from '../../stream/events/transition.ts';

/** What the history knows of an alert's figures around it; null: nothing (any more). */
export function chartOfAlert(
  database: DatabaseSync,
  { fingerprint, episode }: AlertReference,
  nowMs: number,
): ChartData | null {
  const reference = `${fingerprint}-${episode}`;
  return chartOf({
    found: getAlert(database, reference),
    series: alertSeries(database, { reference, nowMs }),
  });
}

/** What a history knows of an alert, as plain data. */
export interface ChartMaterial {
  readonly found: AlertLookup;
  readonly series: AlertSeries | null;
}

/** null: there is nothing to draw. */
export function chartOf({ found, series }: ChartMaterial): ChartData | null {
  if (found.kind !== 'found' || series === null || series.points.length === 0) return null;
  const { alert, transitions } = found.detail;
  return {
    title: `${words(alert.last.measure)}, ${direction(alert.last)}`,
    subtitle: subtitleOf(alert),
    fromMs: series.fromMs,
    toMs: series.toMs,
    points: series.points,
    judged: transitions.flatMap(({ at_ms: atMs, value, state }) =>
      value === null || state === 'resolved' ? [] : [[atMs, value] as const],
    ),
    band: series.band,
    marks: transitions.filter(({ update }) => !update).flatMap(markOf),
    formatTick: (value) => formatMeasure(alert.last.signal, alert.last.measure, value),
  };
}

/** `retransmit_ratio` → `Retransmit ratio`. */
function words(measure: string): string {
  const spaced = measure.replaceAll('_', ' ');
  return spaced.charAt(0).toUpperCase() + spaced.slice(1);
}

function subtitleOf({ last, fingerprint, episode }: AlertEntry): string {
  const figure = (value: number | null): string => formatMeasure(last.signal, last.measure, value);
  const upper = last.baseline?.upper ?? null;
  const normal = upper === null ? '' : `, normally up to ${figure(upper)}`;
  const day = new Date(last.started_at_ms).toISOString().slice(0, 10);
  return `${last.alert} ${alertId(fingerprint, episode)}: ${describeWorst(last)} at worst${normal} · ${day}`;
}

function markOf({ at_ms: atMs, state, level }: Transition): readonly ChartMark[] {
  switch (state) {
    case 'pending':
      return [{ atMs, label: 'pending', tone: 'pending' }];
    case 'firing':
      return [{ atMs, label: level ?? 'notice', tone: level ?? 'notice' }];
    case 'resolved':
    case 'expired':
    case 'cancelled':
      return [{ atMs, label: state, tone: 'ended' }];
    default:
      return state satisfies never;
  }
}
