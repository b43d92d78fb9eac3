import type { AlertDetailView } from '../api/alert-routes.ts';
import { serviceText } from '../../stream/events/service-text.ts';
import { formatFigure, formatLatency } from '../../source-text/figures.ts';
import { html } from './html.ts';
import { Card } from './parts.ts';
import { StackedTable, type StackedColumn, type StackedRow } from './stacked-table.ts';

type Evidence = NonNullable<AlertDetailView['transitions'][number]['evidence']>;

/** What was looked at: the sockets, lookups, requests and destinations behind the figures. */
export function AlertEvidence({ transitions }: { readonly transitions: AlertDetailView['transitions'] }) {
  const evidence = transitions.findLast(
    (one) => one.evidence !== undefined && countOf(one.evidence) > 0,
  )?.evidence;
  if (evidence === undefined) return null;
  const { sockets, lookups = [], requests = [], destinations = [] } = evidence;
  return html`<${Card} title="Evidence" aside="as of the last figures">
    ${sockets.length > 0 && html`<${StackedTable} caption="Sockets" columns=${socketColumns} rows=${sockets.map(socketRow)} />`}
    ${lookups.length > 0 && html`<${StackedTable} caption="Lookups" columns=${lookupColumns} rows=${lookups.map(lookupRow)} />`}
    ${requests.length > 0 && html`<${StackedTable} caption="Requests" columns=${requestColumns} rows=${requests.map(requestRow)} />`}
    ${destinations.length > 0 && html`<${StackedTable} caption="Destinations" columns=${destinationColumns} rows=${destinations.map(destinationRow)} />`}
  <//>`;
}

const socketColumns: readonly StackedColumn[] = [
  { name: 'Local', mono: true },
  { name: 'Remote', mono: true },
  { name: 'State' },
  { name: 'Cause' },
  { name: 'Resent', number: true, hint: 'segments that were sent again' },
  {
    name: 'cwnd',
    number: true,
    hint: 'segments that may be under way at once; small: the sender slowed down',
  },
  { name: 'RTT', number: true, hint: 'round trip, smoothed, as the kernel measures it' },
  { name: 'Process' },
];

function socketRow(one: Evidence['sockets'][number]): StackedRow {
  const process = processOf(one);
  return {
    key: `${one.local} ${one.remote}`,
    cells: [
      one.local,
      one.remote,
      one.state,
      one.cause,
      one.retransmits,
      one.cwnd,
      microseconds(one.rtt_us),
      one.pid === undefined ? process : html`${process ?? '–'} <span class="muted">pid ${one.pid}</span>`,
    ],
  };
}

const lookupColumns: readonly StackedColumn[] = [
  { name: 'Name', mono: true },
  { name: 'Type' },
  { name: 'Outcome' },
  { name: 'Times', number: true },
  { name: 'Latency', number: true },
];

function lookupRow(one: NonNullable<Evidence['lookups']>[number]): StackedRow {
  const { name, type, outcome, count, latency_us: latencyUs } = one;
  return {
    key: `${name} ${type} ${outcome}`,
    cells: [name, type, outcome, count, microseconds(latencyUs)],
  };
}

const requestColumns: readonly StackedColumn[] = [
  { name: 'Target', mono: true },
  { name: 'Outcome' },
  { name: 'Times', number: true },
  { name: 'Phases' },
  { name: 'Detail' },
];

function requestRow(one: NonNullable<Evidence['requests']>[number]): StackedRow {
  const { target, outcome, count, phases_us: phasesUs, detail } = one;
  return { key: `${target} ${outcome}`, cells: [target, outcome, count, phases(phasesUs), detail] };
}

const destinationColumns: readonly StackedColumn[] = [
  { name: 'Name', mono: true },
  { name: 'Address', mono: true },
  { name: 'Port', number: true },
];

function destinationRow(one: NonNullable<Evidence['destinations']>[number]): StackedRow {
  const port = serviceText(one.service_port, one.protocol);
  return { key: `${one.name} ${one.ip} ${port}`, cells: [one.name, one.ip, port] };
}

function countOf({ sockets, lookups = [], requests = [], destinations = [] }: Evidence): number {
  return sockets.length + lookups.length + requests.length + destinations.length;
}

/** By its executable, since a thread may call itself anything. */
function processOf({ executable, comm }: Evidence['sockets'][number]): string | undefined {
  return executable?.split('/').at(-1) ?? comm;
}

function microseconds(us: number | undefined): string | undefined {
  return us === undefined ? undefined : formatFigure(us, 'us');
}

function phases(phasesUs: Readonly<Record<string, number>> | undefined): string {
  return Object.entries(phasesUs ?? {})
    .map(([name, us]) => `${name.replaceAll('_', ' ')} ${formatLatency(us)}`)
    .join(', ');
}
