import type { AlertView } from '../api/alert-view.ts';
import type { ApiError } from './api-client.ts';
import { useNow } from './clock.ts';
import { formatDuration, formatTime, formatValue, shortName } from './format.ts';
import { html, type Children } from './html.ts';
import { Link } from './router.ts';

/** Small pieces that pages share. */

/** By the whole fingerprint: among a million alerts its first letters are not unique. */
export function alertPath({ fingerprint, episode }: Pick<AlertView, 'fingerprint' | 'episode'>): string {
  return `/alerts/${fingerprint}-${episode}`;
}

export function Badge({ tone, children }: { readonly tone: string; readonly children?: Children }) {
  return html`<span class=${`badge ${tone}`}>${children}</span>`;
}

/** Level while it fires, state otherwise: one word, one colour. */
export function StateBadge({ alert }: { readonly alert: AlertView }) {
  if (alert.state === 'firing')
    return html`<${Badge} tone=${alert.level ?? 'notice'}>${alert.level ?? 'firing'}<//>`;
  return html`<${Badge} tone=${alert.state}>${alert.state}<//>`;
}

export function LevelDot({ level }: { readonly level: AlertView['level'] }) {
  return html`<span class=${`dot ${level ?? 'none'}`} title=${level ?? 'never fired'}></span>`;
}

export function Time({ ms }: { readonly ms: number }) {
  return html`<time datetime=${new Date(ms).toISOString()} title=${new Date(ms).toISOString()}
    >${formatTime(ms)}</time
  >`;
}

export function Ago({ ms }: { readonly ms: number }) {
  const now = useNow();
  return html`<time datetime=${new Date(ms).toISOString()} title=${new Date(ms).toISOString()}
    >${formatDuration(now - ms)}</time
  >`;
}

/** `checkout → api.example.com:443`. */
export function Pair({ alert }: { readonly alert: Pick<AlertView, 'workload' | 'peer' | 'service_port'> }) {
  const port = alert.service_port === null || alert.service_port === 0 ? '' : `:${alert.service_port}`;
  return html`<span class="pair" title=${alert.workload}
    >${shortName(alert.workload)}${alert.peer && html`<span class="arrow"> → </span>${shortName(alert.peer.name)}${port}`}</span
  >`;
}

/** `14 %, normally up to 0.4 %`. */
export function Figure({ alert }: { readonly alert: AlertView }) {
  const shown = alert.state === 'firing' || alert.state === 'pending' ? alert.value : alert.worst_value;
  return html`<span class="figure"
    ><strong>${formatValue(shown, alert.unit)}</strong>${
      alert.upper !== null &&
      html`<span class="muted"> normally up to ${formatValue(alert.upper, alert.unit)}</span>`
    }</span
  >`;
}

export function Failure({ error }: { readonly error: ApiError }) {
  return html`<p class="failure" role="alert">${error.message}</p>`;
}

export function Loading() {
  return html`<p class="loading muted">Loading…</p>`;
}

/** Nothing here: what that means, and what to do next. */
export function Empty({ title, children }: { readonly title: string; readonly children?: Children }) {
  return html`<div class="empty">
    <p class="empty-title">${title}</p>
    <p class="muted">${children}</p>
  </div>`;
}

interface CardProps {
  readonly title?: string;
  readonly aside?: Children;
  readonly children?: Children;
  readonly class?: string;
}

export function Card({ title, aside, children, class: className = '' }: CardProps) {
  return html`<section class=${`card ${className}`}>
    ${
      title !== undefined &&
      html`<header>
        <h2>${title}</h2>
        ${aside !== undefined && html`<div class="aside">${aside}</div>`}
      </header>`
    }
    ${children}
  </section>`;
}

/** Alerts in a table that fits lists of every kind. */
export function AlertTable({
  alerts,
  caption,
}: {
  readonly alerts: readonly AlertView[];
  readonly caption: string;
}) {
  return html`<div class="scroll" tabindex="0" role="region" aria-label=${caption}>
    <table class="alerts">
      <thead>
        <tr>
          <th>Level</th>
          <th>Alert</th>
          <th>Who → whom</th>
          <th class="number">Worst</th>
          <th>Began</th>
          <th>Lasted</th>
          <th>Ended</th>
          <th>Verdict</th>
        </tr>
      </thead>
      <tbody>
        ${alerts.map((alert) => html`<${AlertTableRow} key=${alertPath(alert)} alert=${alert} />`)}
      </tbody>
    </table>
  </div>`;
}

function AlertTableRow({ alert }: { readonly alert: AlertView }) {
  const end = alert.ended_at_ms;
  return html`<tr>
    <td class="level">
      <${LevelDot} level=${alert.level} /> ${alert.level ?? html`<span class="muted">–</span>`}
    </td>
    <td><${Link} to=${alertPath(alert)}>${alert.alert}<//></td>
    <td><${Pair} alert=${alert} /></td>
    <td class="number">${formatValue(alert.worst_value, alert.unit)}</td>
    <td><${Time} ms=${alert.started_at_ms} /></td>
    <td>
      ${end === null ? html`<${Ago} ms=${alert.started_at_ms} />` : formatDuration(end - alert.started_at_ms)}
    </td>
    <td>
      ${end === null ? html`<${StateBadge} alert=${alert} />` : html`<span class="muted">${alert.state}</span>`}
    </td>
    <td>
      ${alert.verdict === null ? html`<span class="muted">–</span>` : html`<${Badge} tone=${alert.verdict}>${alert.verdict}<//>`}
    </td>
  </tr>`;
}
