import type { AlertDetailView, AlertSeriesView } from '../api/alert-routes.ts';
import type { AlertView } from '../api/alert-view.ts';
import { toldDescription } from '../../stream/events/told-description.ts';
import { AlertActions } from './alert-actions.ts';
import { AlertEvidence } from './alert-evidence.ts';
import { AlertWhy } from './alert-why.ts';
import { CaptureCard } from './capture-card.ts';
import { Chart, type ChartMark } from './chart.ts';
import { formatDuration, formatFigure, plural } from '../../source-text/figures.ts';
import { html } from './html.ts';
import {
  AlertTable,
  Ago,
  Badge,
  Card,
  Empty,
  Failure,
  figureAtWorst,
  figureNow,
  Loading,
  Pair,
  Said,
  StateBadge,
  Time,
} from './parts.ts';
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
    <${Card} title=${chartTitle(alert)} aside=${seriesNote(series.data)}>
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
    <${Notifications} detail=${data} />
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

function AlertHeader({
  detail,
  cause,
}: {
  readonly detail: AlertDetailView;
  readonly cause: string | undefined;
}) {
  const { alert, silenced_by: silences } = detail;
  const annotations = annotationsOf(detail);
  const { next } = annotations;
  const description = toldDescription(annotations);
  const runbook = detail.transitions.at(-1)?.annotations['runbook_url'];
  return html`<header class="alert-head">
    <h1>
      <span>${alert.alert}</span>
      <span class="head-pair"><${Pair} alert=${alert} /></span>
      <${StateBadge} alert=${alert} />
    </h1>
    <${Said} alert=${alert} />
    ${cause !== undefined && html`<p class="cause"><span class="muted">Likely cause</span> ${cause}</p>`}
    ${alert.ended_at_ms === null && next !== undefined && html`<p class="cause"><span class="muted">What to do</span> ${next}</p>`}
    ${description !== undefined && html`<p class="muted description">${description}</p>`}
    <dl class="facts">
      <div>
        <dt>${alert.state === 'firing' ? 'Now' : 'At worst'}</dt>
        <dd>${alert.state === 'firing' ? figureNow(alert) : figureAtWorst(alert)}</dd>
      </div>
      ${
        alert.state === 'firing' &&
        html`<div>
          <dt>At worst</dt>
          <dd>${figureAtWorst(alert)}</dd>
        </div>`
      }
      ${
        alert.upper !== null &&
        html`<div>
          <dt>Normally up to</dt>
          <dd>${formatFigure(alert.upper, alert.unit)}</dd>
        </div>`
      }
      <div>
        <dt>Began</dt>
        <dd><${Time} ms=${alert.started_at_ms} /></dd>
      </div>
      <div>
        <dt>${alert.ended_at_ms === null ? 'For' : 'Lasted'}</dt>
        <dd>
          ${alert.ended_at_ms === null ? html`<${Ago} ms=${alert.started_at_ms} />` : formatDuration(alert.ended_at_ms - alert.started_at_ms)}
        </dd>
      </div>
      <div>
        <dt>Owner</dt>
        <dd>${alert.acknowledged_by ?? html`<span class="muted">nobody yet</span>`}</dd>
      </div>
      <div>
        <dt>Node</dt>
        <dd>${alert.node}</dd>
      </div>
      ${Object.entries({ ...alert.labels, ...alert.notes }).map(
        ([name, value]) =>
          html`<div key=${name}>
            <dt>${capitalized(name)}</dt>
            <dd>${value}</dd>
          </div>`,
      )}
    </dl>
    <p class="muted ids">
      <span>${`${alert.id}, rule ${alert.rule_id}`}</span>
      ${silences.length > 0 && html`<${Badge} tone="silenced">silenced<//>`}
      ${runbook !== undefined && /^https?:/.test(runbook) && html`<a href=${runbook} rel="noreferrer">runbook</a>`}
    </p>
  </header>`;
}

/** What the rule said of the trouble: at the end the figures are normal again. */
function annotationsOf({ transitions }: AlertDetailView): Readonly<Record<string, string>> {
  const fired = transitions.findLast(({ state }) => state === 'firing') ?? transitions.at(-1);
  return fired?.annotations ?? {};
}

const capitalized = (text: string): string =>
  text.charAt(0).toUpperCase() + text.slice(1).replaceAll('_', ' ');

/** `Share of segments resent`, `Connections made`, `Time at the median of answers`: what the curve is a curve of. */
function chartTitle({ unit, words }: AlertView): string {
  if (unit === 'ratio' || unit === 'percent') return `Share ${words}`;
  return unit === 'us' ? `Time ${words}` : capitalized(`${unit} ${words}`);
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

function Notifications({ detail }: { readonly detail: AlertDetailView }) {
  return html`<${Card} title="Who was told">
    ${
      detail.notifications.length === 0
        ? html`<${Empty} title="Nobody was told of this"
            >${detail.alert.dry_run ? 'The rule is on trial (dry run).' : 'It did not fire, was silenced, or its route leads nowhere.'}<//
          >`
        : html`<div class="scroll" tabindex="0" role="region" aria-label="Notifications">
            <table>
              <thead>
                <tr>
                  <th>When</th>
                  <th>Receiver</th>
                  <th>What</th>
                  <th>How it went</th>
                  <th class="number" title="from what was seen to what was told">After</th>
                  <th>Receipt</th>
                </tr>
              </thead>
              <tbody>
                ${detail.notifications.map(
                  (one) =>
                    html`<tr key=${one.id}>
                      <td><${Time} ms=${one.at_ms} /></td>
                      <td>
                        ${one.receiver}${one.kind !== one.receiver && html` <span class="muted">${one.kind}</span>`}
                      </td>
                      <td>${one.purpose}</td>
                      <td>
                        <${Badge} tone=${one.phase}>${one.phase}<//
                        >${one.possible_repeat && ' possible repeat'} ${one.reason ?? ''}
                      </td>
                      <td class="number">${one.delay_ms === null ? '–' : formatDuration(one.delay_ms)}</td>
                      <td class="mono muted">
                        ${Object.entries(one.receipt ?? {})
                          .map(([name, value]) => `${name} ${value}`)
                          .join(', ')}
                      </td>
                    </tr>`,
                )}
              </tbody>
            </table>
          </div>`
    }
  <//>`;
}
