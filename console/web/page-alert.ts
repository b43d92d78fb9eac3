import type { AlertDetailView, AlertSeriesView } from '../api/alert-routes.ts';
import type { AlertView } from '../api/alert-view.ts';
import { AlertActions } from './alert-actions.ts';
import { AlertEvidence } from './alert-evidence.ts';
import { AlertHeader } from './alert-header.ts';
import { AlertNotifications } from './alert-notifications.ts';
import { AlertWhy } from './alert-why.ts';
import { CaptureCard } from './capture-card.ts';
import { Chart, type ChartMark } from './chart.ts';
import { formatDuration, formatFigure, plural } from '../../source-text/figures.ts';
import { figureTitle } from './format.ts';
import { html } from './html.ts';
import { AlertTable, Badge, Card, Empty, Failure, figureAtWorst, Loading, Time } from './parts.ts';
import { useApi } from './use-api.ts';

/** One alert: what was seen, why it counts, who was told, and the packets. */
export function AlertPage({ id }: { readonly id: string }) {
  const on = ['alert', 'capture', 'notification', 'silence', 'verdict'] as const;
  const { data, error, reload } = useApi<AlertDetailView>(`/alerts/${id}`, { on });
  const open = data !== undefined && data.alert.ended_at_ms === null;
  const series = useApi<AlertSeriesView>(`/alerts/${id}/series`, {
    on: ['alert'],
    ...(open && { everyMs: 5000 }),
  });
  const similar = useApi<{ alerts: AlertView[] }>(`/alerts/${id}/similar`);
  if (error && !data) return html`<${Failure} error=${error} />`;
  if (!data) return html`<${Loading} />`;
  const { alert, transitions, captures } = data;
  const last = transitions.at(-1);
  const cause = captures
    .map(({ capture }) => capture?.summary?.likely_cause)
    .find((text) => text !== undefined);
  return html`<div class="page">
    <${AlertHeader} detail=${data} cause=${cause} />
    <${AlertActions} alert=${alert} canCapture=${alert.peer !== null} reload=${reload} />
    <${Card} title=${figureTitle(alert)} aside=${seriesNote(series.data)}>
      ${series.error && html`<${Failure} error=${series.error} />`}
      ${series.data && html`<${AlertChart} detail=${data} series=${series.data} />`}
    <//>
    <div class="columns">
      <${AlertWhy} transitions=${transitions} unit=${alert.unit} />
      <${Timeline} detail=${data} />
    </div>
    <${AlertEvidence} transitions=${transitions} />
    ${
      captures.length === 0
        ? html`<${Card} title="Packets"
            ><${Empty} title="No packets were asked for"
              >Capture now catches what the flight recorder still holds, and what comes next.<//
            ><//
          >`
        : captures.map((capture) => html`<${CaptureCard} key=${capture.id} entry=${capture} />`)
    }
    <${AlertNotifications} detail=${data} />
    ${
      similar.data &&
      html`<${Card} title="Before" aside="of the same rule and workload">
        ${
          similar.data.alerts.length === 0
            ? html`<${Empty} title="This is the first of its kind">Nothing like it is in the history.<//>`
            : html`<${AlertTable} alerts=${similar.data.alerts} caption="Similar alerts of the past" />`
        }
      <//>`
    }
    ${last?.dry_run === true && html`<p class="muted">The rule is on trial (dry run): nobody was told.</p>`}
  </div>`;
}

function seriesNote(series: AlertSeriesView | undefined): string {
  return series === undefined ? '' : `each point over the ${formatDuration(series.window_ms)} before it`;
}

function AlertChart({
  detail,
  series,
}: {
  readonly detail: AlertDetailView;
  readonly series: AlertSeriesView;
}) {
  const { alert, transitions } = detail;
  if (series.points.length === 0)
    return html`<${Empty} title="The figures of that time are not kept any more"
      >Rows of a second stay for a day, rows of a minute for a month (history in the configuration).<//
    >`;
  const marks = transitions.filter(({ update }) => !update).map(toMark);
  const judged = transitions.flatMap(({ at_ms, value }) => (value === null ? [] : [[at_ms, value] as const]));
  return html`<${Chart}
    lines=${[
      { name: 'seen', color: 'accent', points: series.points },
      { name: 'as judged', color: 'page', points: judged, dots: true },
    ]}
    band=${series.band}
    marks=${marks}
    unit=${series.unit}
    from_ms=${beginOf(detail, series)}
    to_ms=${series.to_ms}
    description=${`${alert.measure} over time: at worst ${figureAtWorst(alert)}, normally up to ${formatFigure(alert.upper, alert.unit)}`}
  />`;
}

/** A chart that is mostly from before anything was seen shows little: it begins shortly before the first figure. */
function beginOf(
  { alert }: AlertDetailView,
  { from_ms: fromMs, to_ms: toMs, points }: AlertSeriesView,
): number {
  const [first] = points.find(([, value]) => value !== null) ?? [fromMs];
  const begin = Math.min(first, alert.started_at_ms);
  return Math.max(fromMs, begin - (toMs - begin) / 20);
}

function toMark({ at_ms, state, level }: AlertDetailView['transitions'][number]): ChartMark {
  const label = state === 'firing' ? (level ?? state) : state;
  const tone = state === 'firing' ? (level ?? 'notice') : state === 'pending' ? 'muted' : 'good';
  return { at_ms, label, color: tone };
}

function Timeline({ detail }: { readonly detail: AlertDetailView }) {
  const { alert, transitions } = detail;
  const shown = transitions.filter(({ update }) => !update);
  const updates = transitions.length - shown.length;
  return html`<${Card}
    title="What happened"
    aside=${updates > 0 ? `${plural(updates, 'update')} of its figures not shown` : ''}
  >
    <ol class="timeline">
      ${shown.map(
        (one) =>
          html`<li key=${one.seq}>
            <${Time} ms=${one.at_ms} />
            <${Badge} tone=${one.state === 'firing' ? (one.level ?? 'notice') : one.state}
              >${one.state === 'firing' ? one.level : one.state}<//
            >
            <span>${formatFigure(one.value, alert.unit)} over ${formatDuration(one.window_ms)}</span>
            <span class="muted">${one.reason}</span>
          </li>`,
      )}
      ${
        alert.acknowledged_at_ms !== null &&
        html`<li>
          <${Time} ms=${alert.acknowledged_at_ms} /><${Badge} tone="acknowledged">owner<//
          ><span>${alert.acknowledged_by} took it</span>
        </li>`
      }
    </ol>
  <//>`;
}
