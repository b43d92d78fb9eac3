import { useMemo, useState } from 'preact/hooks';
import type { AlertView } from '../api/alert-view.ts';
import type { ExploredView, SignalView } from '../api/explore-routes.ts';
import { queryText } from './api-client.ts';
import { Chart, type ChartBand, type ChartLine } from './chart.ts';
import { draftRule } from './draft-rule.ts';
import { formatDuration, formatFigure, plural } from '../../source-text/figures.ts';
import { figureTitle, shortName } from './format.ts';
import { html } from './html.ts';
import { Card, type Column, Empty, Failure, Lead, Loading, TableHead } from './parts.ts';
import { setQuery, useRoute } from './router.ts';
import { RuleDraft } from './rule-draft.ts';
import { useApi } from './use-api.ts';

const minuteMs = 60_000;
const spans = [
  { text: '15 minutes', ms: 15 * minuteMs },
  { text: '1 hour', ms: 60 * minuteMs },
  { text: '6 hours', ms: 360 * minuteMs },
  { text: '1 day', ms: 1440 * minuteMs },
  { text: '7 days', ms: 7 * 1440 * minuteMs },
  { text: '30 days', ms: 30 * 1440 * minuteMs },
] as const;
const shownLines = 6;

/** Any measure by workload and peer over any kept window. The question is in the address. */
export function ExplorePage() {
  const { query } = useRoute();
  const { data: signals, error } = useApi<{ signals: SignalView[] }>('/signals');
  if (error) return html`<${Failure} error=${error} />`;
  if (!signals) return html`<${Loading} />`;
  const signal = signals.signals.find(({ id }) => id === query.get('signal')) ?? signals.signals[0];
  const measure = signal?.measures.find(({ name }) => name === query.get('measure')) ?? signal?.measures[0];
  if (signal === undefined || measure === undefined) return html`<${Empty} title="There are no signals" />`;
  return html`<div class="page">
    <h1>Explore</h1>
    <${Lead}
      >Everything that is measured, also of blips that alerted nobody. Drag over the chart to look closer;
      turn what you see into a rule with <em>Alert on this</em>.<//
    >
    <${Choices} signals=${signals.signals} signal=${signal} measure=${measure.name} query=${query} />
    <p class="muted">${measure.description}</p>
    <${Explored} signal=${signal.id} measure=${measure.name} title=${figureTitle(measure)} query=${query} />
  </div>`;
}

interface ChoicesProps {
  readonly signals: readonly SignalView[];
  readonly signal: SignalView;
  readonly measure: string;
  readonly query: URLSearchParams;
}

interface SeriesView {
  readonly workloads: readonly string[];
  readonly peers: readonly string[];
}

function Choices({ signals, signal, measure, query }: ChoicesProps) {
  const workload = query.get('workload') ?? '';
  const { data: all } = useApi<SeriesView>(`/series${queryText({ signal: signal.id })}`);
  const { data: of } = useApi<SeriesView>(`/series${queryText({ signal: signal.id, workload })}`);
  const set = (name: string) => (event: Event) =>
    setQuery({ [name]: (event.target as HTMLSelectElement).value });
  const span = query.get('span') ?? String(spans[0].ms);
  return html`<form class="filters even" onSubmit=${(event: Event) => event.preventDefault()}>
    <label
      >Signal<select
        value=${signal.id}
        onChange=${(event: Event) => setQuery({ signal: (event.target as HTMLSelectElement).value, measure: '' })}
      >
        ${signals.map(({ id }) => html`<option key=${id}>${id}</option>`)}
      </select></label
    >
    <label
      >Measure<select value=${measure} onChange=${set('measure')}>
        ${signal.measures.map(({ name }) => html`<option key=${name}>${name}</option>`)}
      </select></label
    >
    <label
      >Workload<select value=${workload} onChange=${set('workload')}>
        <option value="">all</option>
        ${all?.workloads.map((name) => html`<option key=${name}>${name}</option>`)}
      </select></label
    >
    <label
      >Peer<select value=${query.get('peer') ?? ''} onChange=${set('peer')}>
        <option value="">all</option>
        ${of?.peers.map((name) => html`<option key=${name}>${name}</option>`)}
      </select></label
    >
    <label
      >One line for each<select value=${query.get('by') ?? 'workload,peer'} onChange=${set('by')}>
        <option value="workload,peer">workload and peer</option>
        <option value="workload">workload</option>
        <option value="peer">peer</option>
        <option value="workload,peer,service_port">workload, peer and port</option>
        <option value="role">role</option>
      </select></label
    >
    <label
      >Window<select
        value=${query.has('since_ms') ? '' : span}
        onChange=${(event: Event) => setQuery({ span: (event.target as HTMLSelectElement).value, since_ms: '', until_ms: '' })}
      >
        ${query.has('since_ms') && html`<option value="">as chosen</option>`}
        ${spans.map(({ text, ms }) => html`<option key=${ms} value=${ms}>the last ${text}</option>`)}
      </select></label
    >
  </form>`;
}

interface ExploredProps {
  readonly signal: string;
  readonly measure: string;
  readonly title: string;
  readonly query: URLSearchParams;
}

function Explored({ signal, measure, title, query }: ExploredProps) {
  const [drafting, setDrafting] = useState(false);
  const span = Number(query.get('span') ?? spans[0].ms);
  const text = query.toString();
  const window = useMemo(() => {
    const untilMs = Number(query.get('until_ms') ?? Math.ceil(Date.now() / 1000) * 1000);
    return { since_ms: Number(query.get('since_ms') ?? untilMs - span), until_ms: untilMs };
  }, [text]);
  const filter = { workload: query.get('workload'), peer: query.get('peer') };
  const asked = queryText({ signal, measure, ...filter, by: query.get('by') ?? 'workload,peer', ...window });
  const { data, error } = useApi<ExploredView>(`/explore${asked}`);
  const band = useBand(signal, measure, filter, window);
  const lines = useMemo(() => toLines(data), [data]);
  if (error && !data) return html`<${Failure} error=${error} />`;
  if (!data) return html`<${Loading} />`;
  if (lines.length === 0)
    return html`<${Card}
      ><${Empty} title="Nothing was seen of this in that window"
        >Choose a longer window, or another workload. Rows of a second stay for a day, rows of a minute for a
        month.<//
      ><//
    >`;
  const aside = `each point over ${formatDuration(data.step_ms)}; drag to look closer${data.truncated ? '; cut short: choose less' : ''}`;
  return html`<${Card} title=${title} aside=${aside}>
      <${Chart}
        lines=${lines}
        band=${band}
        unit=${data.unit}
        from_ms=${window.since_ms}
        to_ms=${window.until_ms}
        description=${`${title} by line: ${lines.map(({ name }) => name).join('; ')}`}
        onSelect=${(fromMs: number, toMs: number) => setQuery({ since_ms: String(Math.floor(fromMs)), until_ms: String(Math.ceil(toMs)) })}
      />
      <p>
        <button
          type="button"
          class="primary"
          aria-expanded=${drafting}
          onClick=${() => setDrafting(!drafting)}
        >
          Alert on this…
        </button>
      </p>
    <//>
    ${drafting && html`<${RuleDraft} initial=${draftRule({ signal, measure, unit: data.unit, ...filter, lines: data.lines })} />`}
    <${LineTable} data=${data} />`;
}

function toLines(data: ExploredView | undefined): readonly ChartLine[] {
  return (data?.lines ?? [])
    .filter(({ points }) => points.length > 0)
    .slice(0, shownLines)
    .map(({ name, points }, index) => ({
      name: name.split(' → ').map(shortName).join(' → '),
      points,
      color: `line-${index + 1}`,
    }));
}

const lineColumns: readonly Column[] = [
  { name: 'Workload' },
  { name: 'Peer' },
  { name: 'Port', number: true },
  { name: 'Highest', number: true },
  { name: 'Median', number: true, hint: 'half of the points lie below' },
  { name: '' },
];

function LineTable({ data }: { readonly data: ExploredView }) {
  const hidden = data.lines.length - shownLines + data.more;
  return html`<${Card}
    title="By line"
    aside=${hidden > 0 ? `${plural(hidden, 'line')} with lower peaks not drawn` : ''}
  >
    <div class="scroll" tabindex="0" role="region" aria-label="Lines">
      <table>
        <${TableHead} columns=${lineColumns} />
        <tbody>
          ${data.lines.map((line) => {
            const values = line.points
              .flatMap(([, value]) => (value === null ? [] : [value]))
              .toSorted((a, b) => a - b);
            const only = (): void => setQuery({ workload: line.workload, peer: line.peer });
            return html`<tr key=${line.name}>
              <td>${shortName(line.workload)}</td>
              <td>${shortName(line.peer)}</td>
              <td class="number">${line.service_port}</td>
              <td class="number">${formatFigure(values.at(-1), data.unit)}</td>
              <td class="number">${formatFigure(values[Math.floor(values.length / 2)], data.unit)}</td>
              <td><button type="button" onClick=${only}>only this</button></td>
            </tr>`;
          })}
        </tbody>
      </table>
    </div>
  <//>`;
}

/** What was normal, where alerts of this very line have told it. */
function useBand(
  signal: string,
  measure: string,
  { workload, peer }: { readonly workload: string | null; readonly peer: string | null },
  window: { readonly since_ms: number; readonly until_ms: number },
): readonly ChartBand[] {
  const asked = queryText({ workload, peer, state: 'all', until_ms: window.until_ms, limit: 50 });
  const { data } = useApi<{ alerts: AlertView[] }>(
    workload === null || peer === null ? undefined : `/alerts${asked}`,
  );
  return useMemo(
    () =>
      (data?.alerts ?? [])
        .filter((alert) => alert.signal === signal && alert.measure === measure && alert.upper !== null)
        .map((alert) => ({ at_ms: alert.started_at_ms, lower: null, upper: alert.upper }))
        .toSorted((a, b) => a.at_ms - b.at_ms),
    [data, signal, measure],
  );
}
