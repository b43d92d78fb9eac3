import type { AlertDetailView } from '../api/alert-routes.ts';
import { formatDuration, formatFigure } from '../../source-text/figures.ts';
import { toldDescription } from '../../stream/events/told-description.ts';
import { capitalized } from './format.ts';
import { html } from './html.ts';
import { Ago, Badge, figureAtWorst, figureNow, Pair, Said, StateBadge, Time } from './parts.ts';

/** What it is about at a glance: what is said of it, likely why, what to do, and its figures. */
export function AlertHeader({
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
