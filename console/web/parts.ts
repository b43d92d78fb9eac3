import type { AlertView } from '../api/alert-view.ts';
import type { ApiError } from './api-client.ts';
import { useNow } from './clock.ts';
import { formatAge, formatDuration, formatFigure } from '../../source-text/figures.ts';
import { formatTime, shortName } from './format.ts';
import { html, type Children } from './html.ts';
import { Link, navigate } from './router.ts';

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
  if (alert.state === 'firing') return html`<${Badge} tone=${alert.level ?? 'notice'}>firing<//>`;
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
    >${formatAge(now - ms)}</time
  >`;
}

/** `checkout → api.example.com:443`. */
export function Pair({ alert }: { readonly alert: Pick<AlertView, 'workload' | 'peer' | 'service_port'> }) {
  const port = alert.service_port === null || alert.service_port === 0 ? '' : `:${alert.service_port}`;
  return html`<span class="pair" title=${alert.workload}
    >${shortName(alert.workload)}${alert.peer && html`<span class="arrow"> → </span>${shortName(alert.peer.name)}${port}`}</span
  >`;
}

/** `48 % within 200 ms`: a figure without its time misleads, half of a fifth of a second is a handful of segments. */
export function figureNow({ value, unit, window_ms: windowMs }: AlertView): string {
  return within(formatFigure(value, unit), windowMs);
}

/** The same of the worst: often of a shorter time, which old records do not know. */
export function figureAtWorst({ worst_value: worst, unit, worst_window_ms: windowMs }: AlertView): string {
  return within(formatFigure(worst, unit), windowMs);
}

function within(figure: string, windowMs: number | null): string {
  return windowMs === null || windowMs <= 0 ? figure : `${figure} within ${formatDuration(windowMs)}`;
}

/**
 * What goes on in one sentence: the rule's own where it says the figure, which then stands out; else both, unless the
 * rule says the same of an earlier figure.
 */
export function Said({ alert }: { readonly alert: AlertView }) {
  const open = alert.state === 'firing' || alert.state === 'pending';
  const figure = formatFigure(open ? alert.value : alert.worst_value, alert.unit);
  const at = positionOf(figure, alert.summary);
  if (at !== undefined) {
    const [before, after] = [alert.summary.slice(0, at), alert.summary.slice(at + figure.length)];
    return html`<p class="said">${before}<strong>${figure}</strong>${after}</p>`;
  }
  const normal = alert.upper === null ? '' : `, normally up to ${formatFigure(alert.upper, alert.unit)}`;
  return html`<p class="said">
      <strong>${figure}</strong> ${alert.words}${timeOf(alert)}<span class="muted">${normal}</span>
    </p>
    ${!alert.summary.includes(alert.words) && html`<p class="muted">${alert.summary}</p>`}`;
}

/** ` within 200 ms`, of the figure that `Said` shows. */
function timeOf({ state, window_ms: nowMs, worst_window_ms: worstMs }: AlertView): string {
  return within('', state === 'firing' || state === 'pending' ? nowMs : worstMs);
}

/** Of a figure that stands for itself: `2 %` is not in `12 %`. */
function positionOf(figure: string, text: string): number | undefined {
  const at = text.indexOf(figure);
  return at < 0 || /[\d.,]$/.test(text.slice(0, at)) ? undefined : at;
}

/** What a page is for, said to somebody who opens it for the first time. */
export function Lead({ children }: { readonly children?: Children }) {
  return html`<p class="lead">${children}</p>`;
}

/** Heads of a table; what a word means shows under the pointer. */
export interface Column {
  readonly name: string;
  readonly number?: boolean;
  readonly hint?: string;
}

export function TableHead({ columns }: { readonly columns: readonly Column[] }) {
  return html`<thead>
    <tr>
      ${columns.map(({ name, number, hint }) => html`<th key=${name} class=${number === true ? 'number' : ''} title=${hint}>${name}</th>`)}
    </tr>
  </thead>`;
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

const alertColumns: readonly Column[] = [
  { name: 'Level', hint: 'page: wakes somebody; notice: tells, and wakes nobody' },
  { name: 'Alert' },
  { name: 'Who → whom' },
  { name: 'Worst', number: true, hint: 'the worst figure while it lasted' },
  { name: 'Began' },
  { name: 'Lasted' },
  { name: 'State', hint: 'firing, resolved, or expired: no data came any more' },
  { name: 'Verdict', hint: 'useful or noise, as somebody said on its page' },
];

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
      <${TableHead} columns=${alertColumns} />
      <tbody>
        ${alerts.map((alert) => html`<${AlertTableRow} key=${alertPath(alert)} alert=${alert} />`)}
      </tbody>
    </table>
  </div>`;
}

/** The whole row leads where its link does; the link stays for keys, for new tabs, and for those who read by ear. */
function followRow(event: MouseEvent, path: string): void {
  if ((event.target as Element).closest('a, button') !== null) return;
  if (getSelection()?.isCollapsed === false) return;
  if (event.metaKey || event.ctrlKey) open(path, '_blank', 'noopener');
  else navigate(path);
}

function AlertTableRow({ alert }: { readonly alert: AlertView }) {
  const end = alert.ended_at_ms;
  return html`<tr onClick=${(event: MouseEvent) => followRow(event, alertPath(alert))}>
    <td class="level">
      <${LevelDot} level=${alert.level} /> ${alert.level ?? html`<span class="muted">–</span>`}
    </td>
    <td class="name"><${Link} to=${alertPath(alert)}>${alert.alert}<//></td>
    <td class="pair"><${Pair} alert=${alert} /></td>
    <td class="number" title=${figureAtWorst(alert)}>${formatFigure(alert.worst_value, alert.unit)}</td>
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
