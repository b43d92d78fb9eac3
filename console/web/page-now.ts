import type { AlertView } from '../api/alert-view.ts';
import type { NowView } from '../api/now-routes.ts';
import { post } from './api-client.ts';
import { formatAge, formatCount, formatFigure, plural } from '../../source-text/figures.ts';
import { html } from './html.ts';
import {
  alertPath,
  AlertTable,
  Ago,
  Badge,
  Card,
  Empty,
  Failure,
  Lead,
  Loading,
  Pair,
  Said,
} from './parts.ts';
import { Link } from './router.ts';
import { act } from './toast.ts';
import { useApi } from './use-api.ts';

/** What is going on this moment; when nothing is, that the eyes are open. */
export function NowPage() {
  const { data, error, reload } = useApi<NowView>('/now', {
    on: ['alert', 'verdict', 'silence'],
    everyMs: 5000,
  });
  if (error && !data) return html`<${Failure} error=${error} />`;
  if (!data) return html`<${Loading} />`;
  const firing = data.open.filter(({ state }) => state === 'firing');
  const pages = firing.filter(({ level }) => level === 'page');
  const notices = firing.filter(({ level }) => level !== 'page');
  const pending = data.open.filter(({ state }) => state === 'pending');
  return html`<div class="page">
    <${Headline}
      pages=${pages.length}
      notices=${notices.length}
      pending=${pending.length}
      more=${data.more}
    />
    ${
      data.open.length === 0
        ? html`<${Lead}>Nothing is wrong as far as Saccade sees. What does go wrong shows here by itself.<//>`
        : html`<${Lead}
            >Choose an alert to see why it counts as abnormal, what it looks like, and its packets.<//
          >`
    }
    ${data.health.map((text) => html`<p class="warning" key=${text}>${text}</p>`)}
    ${[...pages, ...notices, ...pending].map((alert) => html`<${FiringAlert} key=${alertPath(alert)} alert=${alert} reload=${reload} />`)}
    <${SignsOfLife} now=${data} />
    ${
      data.would_have_fired.length > 0 &&
      html`<${Card} title="Would have fired" aside="rules on trial (dry run), last 24 h: nobody was told">
        <${AlertTable} alerts=${data.would_have_fired} caption="Alerts of rules on trial" />
      <//>`
    }
    <${Card} title="Lately" aside=${html`<${Link} to="/history">all of the past →<//>`}>
      ${
        data.recent.length === 0
          ? html`<${Empty} title="No alert has ended in the last 24 hours"
              >Everything older is under <${Link} to="/history">History<//>.<//
            >`
          : html`<${AlertTable} alerts=${data.recent} caption="Alerts that ended lately" />`
      }
    <//>
  </div>`;
}

interface HeadlineProps {
  readonly pages: number;
  readonly notices: number;
  readonly pending: number;
  readonly more: boolean;
}

function Headline({ pages, notices, pending, more }: HeadlineProps) {
  const parts = [
    ...(pages > 0 ? [`${plural(pages, 'page')} firing`] : []),
    ...(notices > 0 ? [`${plural(notices, 'notice')}${pages > 0 ? '' : ' firing'}`] : []),
    ...(pending > 0 ? [`${pending} pending`] : []),
  ];
  const tone = pages > 0 ? 'page' : notices > 0 ? 'notice' : 'quiet';
  return html`<h1 class=${`headline ${tone}`}>
    ${parts.length === 0 ? 'All quiet' : parts.join(', ')}${more ? ', and more' : ''}
  </h1>`;
}

function FiringAlert({ alert, reload }: { readonly alert: AlertView; readonly reload: () => void }) {
  const acknowledge = async (): Promise<void> => {
    if (await act(() => post(`${alertPath(alert)}/acknowledge`), `${alert.alert} is yours`)) reload();
  };
  return html`<article class=${`firing ${alert.state === 'firing' ? (alert.level ?? 'notice') : 'pending'}`}>
    <div class="firing-what">
      <p class="firing-title">
        <${Badge} tone=${alert.state === 'firing' ? (alert.level ?? 'notice') : 'pending'}
          >${alert.state === 'firing' ? alert.level : 'pending'}<//
        >
        <${Link} to=${alertPath(alert)}>${alert.alert}<//>
        <span class="firing-pair"><${Pair} alert=${alert} /></span>
      </p>
      <${Said} alert=${alert} />
    </div>
    <div class="firing-aside">
      <p class="firing-age"><${Ago} ms=${alert.started_at_ms} /></p>
      ${
        alert.acknowledged_by === null
          ? html`<button type="button" onClick=${acknowledge}>Acknowledge</button>`
          : html`<p class="owner">with <strong>${alert.acknowledged_by}</strong></p>`
      }
    </div>
  </article>`;
}

function SignsOfLife({ now }: { readonly now: NowView }) {
  const rows = now.life.reduce((sum, { rows_per_s: rate }) => sum + rate, 0);
  const workloads = Math.max(0, ...now.life.map((sign) => sign.workloads));
  const { keys, learned, known } = now.learning;
  const share = keys === 0 ? 0 : Math.round((learned / keys) * 100);
  return html`<${Card} title="What is watched" aside="the last ten seconds">
    ${
      now.life.length === 0
        ? html`<${Empty} title="Nothing was seen yet"
            >Traffic of this machine shows here within a second. If it does not,${' '}<${Link} to="/status"
              >Status<//
            >
            says which part is missing and what to do.<//
          >`
        : html`<div class="tiles">
              <${Tile} value=${formatFigure(rows, '')} label="measurements a second" />
              <${Tile} value=${String(workloads)} label="workloads seen" />
              ${known && html`<${Tile} value=${formatCount(keys)} label="connections judged" />`}
              ${
                known &&
                html`<div class="tile">
                  <p class="tile-value">${share} %</p>
                  <p class="tile-label">of these have learned what is normal</p>
                  <progress
                    max="100"
                    value=${share}
                    aria-label="share that has learned what is normal"
                  ></progress>
                </div>`
              }
            </div>
            <ul class="signals">
              ${now.life.map(
                (sign) =>
                  html`<li key=${sign.signal}>
                    <span class="pulse" aria-hidden="true"></span
                    ><${Link} to=${`/explore?signal=${sign.signal}`}>${sign.signal}<//>
                    <span class="muted">${describeSign(sign, now.now_ms)}</span>
                  </li>`,
              )}
            </ul>`
    }
  <//>`;
}

function describeSign({ series, newest_ms: newestMs }: NowView['life'][number], nowMs: number): string {
  return `${formatCount(series)} series, ${formatAge(nowMs - newestMs)} ago`;
}

function Tile({ value, label }: { readonly value: string; readonly label: string }) {
  return html`<div class="tile">
    <p class="tile-value">${value}</p>
    <p class="tile-label">${label}</p>
  </div>`;
}
