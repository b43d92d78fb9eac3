import { useEffect, useState } from 'preact/hooks';
import type { AlertView } from '../api/alert-view.ts';
import type { PrecisionView } from '../api/history-routes.ts';
import type { RuleView } from '../api/rule-routes.ts';
import { ApiError, get, queryText } from './api-client.ts';
import { CalendarMap } from './calendar-map.ts';
import { formatDay } from './format.ts';
import { html } from './html.ts';
import {
  alertPath,
  AlertTable,
  Card,
  type Column,
  Empty,
  Failure,
  Lead,
  Loading,
  TableHead,
  Time,
} from './parts.ts';
import { Link, setQuery, useRoute } from './router.ts';
import { act } from './toast.ts';
import { useApi } from './use-api.ts';

const filters = [
  'q',
  'state',
  'level',
  'rule',
  'workload',
  'namespace',
  'peer',
  'verdict',
  'since_ms',
  'until_ms',
] as const;
const dayMs = 86_400_000;
const yearDays = 365;

/** Every alert of the past; the filters are in the address. */
export function HistoryPage() {
  const { query } = useRoute();
  const asked = Object.fromEntries(filters.map((name) => [name, query.get(name)]));
  const untilMs = Math.ceil(Date.now() / dayMs) * dayMs;
  const day = query.get('since_ms');
  return html`<div class="page">
    <h1>History</h1>
    <${Lead}
      >Every alert ever, with what was seen and who was told. Say on an alert whether it was useful: below,
      each rule shows how often it was.<//
    >
    <${Card} title="The last year" aside="alerts that began on each day (UTC); choose one">
      <${CalendarMap}
        untilMs=${untilMs}
        days=${yearDays}
        chosenMs=${day === null ? undefined : Number(day)}
      />
    <//>
    <${Filters} query=${query} />
    <${Results} asked=${queryText(asked)} />
    <${Precision} untilMs=${untilMs} />
  </div>`;
}

function Filters({ query }: { readonly query: URLSearchParams }) {
  const { data: rules } = useApi<{ rules: RuleView[] }>('/rules');
  const value = (name: string): string => query.get(name) ?? '';
  const set = (name: string) => (event: Event) =>
    setQuery({ [name]: (event.target as HTMLInputElement).value });
  const since = query.get('since_ms');
  const chosen = ['workload', 'namespace', 'peer'].filter((name) => query.has(name));
  return html`<form class="filters" role="search" onSubmit=${(event: Event) => event.preventDefault()}>
    <label class="grow"
      >Search<input
        type="search"
        value=${value('q')}
        onInput=${set('q')}
        placeholder="rule, workload, peer, or an id"
    /></label>
    <label
      >Level<select value=${value('level')} onChange=${set('level')}>
        <option value="">any</option>
        <option>page</option>
        <option>notice</option>
      </select></label
    >
    <label
      >State<select value=${value('state')} onChange=${set('state')}>
        <option value="">any</option>
        <option>open</option>
        <option>firing</option>
        <option>resolved</option>
        <option>expired</option>
        <option value="cancelled">cancelled</option>
        <option value="all">all, cancelled too</option>
      </select></label
    >
    <label
      >Rule<select value=${value('rule')} onChange=${set('rule')}>
        <option value="">any</option>
        ${(rules?.rules ?? []).map(({ id, alert }) => html`<option key=${id} value=${id}>${alert}</option>`)}
      </select></label
    >
    <label
      >Verdict<select value=${value('verdict')} onChange=${set('verdict')}>
        <option value="">any</option>
        <option>useful</option>
        <option>noise</option>
        <option value="none">none yet</option>
      </select></label
    >
    ${since !== null && html`<${Chip} text=${formatDay(Number(since))} clear=${() => setQuery({ since_ms: '', until_ms: '' })} />`}
    ${chosen.map((name) => html`<${Chip} key=${name} text=${`${name} ${value(name)}`} clear=${() => setQuery({ [name]: '' })} />`)}
  </form>`;
}

function Chip({ text, clear }: { readonly text: string; readonly clear: () => void }) {
  return html`<button type="button" class="chip" onClick=${clear} aria-label=${`take out: ${text}`}>
    ${text} ×
  </button>`;
}

interface Page {
  readonly alerts: readonly AlertView[];
  readonly next: string | null;
}

function Results({ asked }: { readonly asked: string }) {
  const { data, error } = useApi<Page>(`/alerts${asked}`, { on: ['alert', 'verdict'] });
  const [more, setMore] = useState<readonly Page[]>([]);
  useEffect(() => setMore([]), [asked]);
  if (error instanceof ApiError && !data) return html`<${Failure} error=${error} />`;
  if (!data) return html`<${Loading} />`;
  const pages = [data, ...more];
  const alerts = [
    ...new Map(pages.flatMap((page) => page.alerts).map((alert) => [alertPath(alert), alert])).values(),
  ];
  const next = pages.at(-1)?.next ?? null;
  const load = async (): Promise<void> => {
    const cursor = `${asked === '' ? '?' : `${asked}&`}cursor=${next}`;
    await act(async () => setMore([...more, await get<Page>(`/alerts${cursor}`)]), 'More are shown');
  };
  return html`<${Card}>
    ${
      alerts.length === 0
        ? html`<${Empty} title="No alert fits"
            >${asked === '' ? html`None has been raised yet. What is watched and learned shows under <${Link} to="/">Now<//>.` : html`<${Link} to="/history">Take out all filters<//> to see everything.`}<//
          >`
        : html`<${AlertTable} alerts=${alerts} caption="Alerts found" />`
    }
    ${next !== null && html`<p class="more"><button type="button" onClick=${load}>Show more</button></p>`}
  <//>`;
}

const precisionColumns: readonly Column[] = [
  { name: 'Rule' },
  { name: 'Fired', number: true },
  { name: 'Paged', number: true, hint: 'of these, that woke somebody' },
  { name: 'Useful', number: true, hint: 'alerts that somebody called useful' },
  { name: 'Noise', number: true, hint: 'alerts that somebody called noise' },
  { name: 'Precision', number: true, hint: 'share that was useful, of the alerts that somebody judged' },
  { name: 'Last' },
];

function Precision({ untilMs }: { readonly untilMs: number }) {
  const since = untilMs - 30 * dayMs;
  const { data } = useApi<PrecisionView>(`/precision${queryText({ since_ms: since, until_ms: untilMs })}`, {
    on: ['verdict'],
  });
  if (!data || data.rules.length === 0) return null;
  return html`<${Card}
    title="Which rule deserves its pages"
    aside=${html`last 30 days; <${Link} to="/history?verdict=none">alerts without a verdict →<//>`}
  >
    <p class="muted">
      Open an alert and press <em>useful</em> or <em>noise</em> at its top. Of those that somebody judged,
      this is the share that was useful; a rule that is mostly noise should be adjusted.
    </p>
    <div class="scroll" tabindex="0" role="region" aria-label="Precision by rule">
      <table>
        <${TableHead} columns=${precisionColumns} />
        <tbody>
          ${data.rules.map((rule) => {
            const judged = rule.useful + rule.noise;
            return html`<tr key=${rule.rule_id}>
              <td><${Link} to=${`/history?rule=${encodeURIComponent(rule.rule_id)}`}>${rule.rule_id}<//></td>
              <td class="number">${rule.alerts.toLocaleString('en')}</td>
              <td class="number">${rule.pages.toLocaleString('en')}</td>
              <td class="number">${rule.useful}</td>
              <td class="number">${rule.noise}</td>
              <td class="number">
                ${judged === 0 ? html`<span class="muted">nobody said yet</span>` : `${Math.round((rule.useful / judged) * 100)} % of ${judged}`}
              </td>
              <td><${Time} ms=${rule.last_started_at_ms} /></td>
            </tr>`;
          })}
        </tbody>
      </table>
    </div>
  <//>`;
}
