import type { AlertDetailView } from '../api/alert-routes.ts';
import { serviceText } from '../../stream/events/service-text.ts';
import { formatFigure, formatLatency } from '../../source-text/figures.ts';
import { html, type Children } from './html.ts';
import { Card } from './parts.ts';

type Evidence = NonNullable<AlertDetailView['transitions'][number]['evidence']>;

/** What was looked at: the sockets, lookups, requests and destinations behind the figures. */
export function AlertEvidence({ transitions }: { readonly transitions: AlertDetailView['transitions'] }) {
  const evidence = transitions.findLast(
    (one) => one.evidence !== undefined && countOf(one.evidence) > 0,
  )?.evidence;
  if (evidence === undefined) return null;
  const { sockets, lookups = [], requests = [], destinations = [] } = evidence;
  return html`<${Card} title="Evidence" aside="as of the last figures">
    ${
      sockets.length > 0 &&
      html`<${Table}
        caption="Sockets"
        head=${['Local', 'Remote', 'State', 'Cause', 'Resent', 'cwnd', 'RTT', 'Process']}
      >
        ${sockets.map(
          (one) =>
            html`<tr key=${`${one.local} ${one.remote}`}>
              <td class="mono">${one.local}</td>
              <td class="mono">${one.remote}</td>
              <td>${one.state}</td>
              <td>${one.cause ?? '–'}</td>
              <td class="number">${one.retransmits ?? '–'}</td>
              <td class="number">${one.cwnd ?? '–'}</td>
              <td class="number">${one.rtt_us === undefined ? '–' : formatFigure(one.rtt_us, 'us')}</td>
              <td>
                ${processOf(one)}${one.pid !== undefined && html` <span class="muted">pid ${one.pid}</span>`}
              </td>
            </tr>`,
        )}
      <//>`
    }
    ${
      lookups.length > 0 &&
      html`<${Table} caption="Lookups" head=${['Name', 'Type', 'Outcome', 'Times', 'Latency']}>
        ${lookups.map(
          (one) =>
            html`<tr key=${`${one.name} ${one.type} ${one.outcome}`}>
              <td class="mono">${one.name}</td>
              <td>${one.type}</td>
              <td>${one.outcome}</td>
              <td class="number">${one.count}</td>
              <td class="number">
                ${one.latency_us === undefined ? '–' : formatFigure(one.latency_us, 'us')}
              </td>
            </tr>`,
        )}
      <//>`
    }
    ${
      requests.length > 0 &&
      html`<${Table} caption="Requests" head=${['Target', 'Outcome', 'Times', 'Phases', 'Detail']}>
        ${requests.map(
          (one) =>
            html`<tr key=${`${one.target} ${one.outcome}`}>
              <td class="mono">${one.target}</td>
              <td>${one.outcome}</td>
              <td class="number">${one.count}</td>
              <td>${phases(one.phases_us)}</td>
              <td class="muted">${one.detail ?? ''}</td>
            </tr>`,
        )}
      <//>`
    }
    ${
      destinations.length > 0 &&
      html`<${Table} caption="Destinations" head=${['Name', 'Address', 'Port']}>
        ${destinations.map(
          (one) =>
            html`<tr key=${`${one.name} ${one.ip} ${one.service_port}/${one.protocol ?? 'tcp'}`}>
              <td class="mono">${one.name}</td>
              <td class="mono">${one.ip}</td>
              <td class="number">${serviceText(one.service_port, one.protocol)}</td>
            </tr>`,
        )}
      <//>`
    }
  <//>`;
}

function countOf({ sockets, lookups = [], requests = [], destinations = [] }: Evidence): number {
  return sockets.length + lookups.length + requests.length + destinations.length;
}

/** By its executable, since a thread may call itself anything. */
function processOf({ executable, comm }: Evidence['sockets'][number]): string {
  return executable?.split('/').at(-1) ?? comm ?? '–';
}

function phases(phasesUs: Readonly<Record<string, number>> | undefined): string {
  return Object.entries(phasesUs ?? {})
    .map(([name, us]) => `${name.replaceAll('_', ' ')} ${formatLatency(us)}`)
    .join(', ');
}

const numeric: ReadonlySet<string> = new Set(['Resent', 'cwnd', 'RTT', 'Times', 'Latency', 'Port']);

interface TableProps {
  readonly caption: string;
  readonly head: readonly string[];
  readonly children?: Children;
}

function Table({ caption, head, children }: TableProps) {
  return html`<div class="scroll" tabindex="0" role="region" aria-label=${caption}>
    <table>
      <caption>
        ${caption}
      </caption>
      <thead>
        <tr>
          ${head.map((name) => html`<th key=${name} class=${numeric.has(name) ? 'number' : ''}>${name}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${children}
      </tbody>
    </table>
  </div>`;
}
