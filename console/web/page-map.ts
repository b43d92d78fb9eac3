import { useMemo, useState } from 'preact/hooks';
import type { AlertView } from '../api/alert-view.ts';
import type { EdgeView } from '../api/explore-routes.ts';
import type { NowView } from '../api/now-routes.ts';
import { post, queryText } from './api-client.ts';
import { formatFigure, plural } from '../../source-text/figures.ts';
import { shortName } from './format.ts';
import { html } from './html.ts';
import { layOutMap, type MapLayout, type MapLine, type MapNode } from './map-layout.ts';
import { Card, Empty, Failure, Lead, Loading } from './parts.ts';
import { Link, setQuery, useRoute } from './router.ts';
import { act } from './toast.ts';
import { useApi } from './use-api.ts';

const minuteMs = 60_000;
const spans = [5, 15, 60] as const;
const columnWidth = 230;
const rowHeight = 30;
const nodeWidth = 170;
const nodeHeight = 22;
const margin = 10;

type Tone = 'page' | 'notice' | 'calm';

/** Who talks to whom, and where it hurts. */
export function MapPage() {
  const { query } = useRoute();
  const minutes = Number(query.get('minutes') ?? spans[1]);
  const window = useMemo(() => {
    const untilMs = Math.ceil(Date.now() / 10_000) * 10_000;
    return { since_ms: untilMs - minutes * minuteMs, until_ms: untilMs };
  }, [minutes]);
  const { data, error } = useApi<{ edges: EdgeView[]; truncated: boolean }>(`/map${queryText(window)}`);
  const { data: now } = useApi<NowView>('/now', { on: ['alert'] });
  const layout = useMemo(() => layOutMap(data?.edges ?? []), [data]);
  const [chosen, setChosen] = useState<string | undefined>();
  if (error && !data) return html`<${Failure} error=${error} />`;
  if (!data) return html`<${Loading} />`;
  const open = now?.open ?? [];
  const line = layout.lines.find(({ id }) => id === chosen);
  return html`<div class="page wide">
    <h1>Map</h1>
    <${Lead}
      >Who talks to whom. Choose a line for its figures, its alerts, or a capture; a name for its
      connections.<//
    >
    <form class="filters" onSubmit=${(event: Event) => event.preventDefault()}>
      <label
        >Window<select
          value=${String(minutes)}
          onChange=${(event: Event) => setQuery({ minutes: (event.target as HTMLSelectElement).value })}
        >
          ${spans.map((span) => html`<option key=${span} value=${span}>the last ${plural(span, 'minute')}</option>`)}
        </select></label
      >
    </form>
    <${Card}
      title=${`${plural(layout.nodes.length, 'name')}, ${plural(layout.lines.length, 'connection')}`}
      aside=${html`<${Legend} />`}
    >
      ${
        layout.nodes.length === 0
          ? html`<${Empty} title="Nobody has talked to anybody"
              >Choose a longer window. If nothing shows at all, Status says which part is missing.<//
            >`
          : html`<${Picture} layout=${layout} open=${open} chosen=${chosen} choose=${setChosen} />`
      }
      ${data.truncated && html`<p class="muted">More was seen than is drawn.</p>`}
    <//>
    ${line && html`<${EdgeCard} line=${line} open=${open} window=${window} />`}
    ${chosen !== undefined && !line && html`<${NodeCard} id=${chosen} layout=${layout} choose=${setChosen} />`}
  </div>`;
}

function Legend() {
  return html`<span class="legend">
    <span><i class="swatch page"></i>paging</span>
    <span><i class="swatch notice"></i>notice or lossy</span>
    <span><i class="swatch"></i>calm</span>
    <span><i class="swatch external"></i>not watched from here</span>
    <span>callers to the left; thicker: more bytes</span>
  </span>`;
}

interface PictureProps {
  readonly layout: MapLayout;
  readonly open: readonly AlertView[];
  readonly chosen: string | undefined;
  readonly choose: (id: string | undefined) => void;
}

function Picture({ layout, open, chosen, choose }: PictureProps) {
  const { nodes, lines, columns, rows } = layout;
  const places = new Map(nodes.map((node) => [node.id, placeOf(node)]));
  const related = (line: MapLine): boolean =>
    chosen === undefined || line.id === chosen || line.from === chosen || line.to === chosen;
  const [width, height] = [
    (columns - 1) * columnWidth + nodeWidth + 2 * margin,
    rows * rowHeight + 2 * margin,
  ];
  const press = (id: string) => (event: KeyboardEvent) => event.key === 'Enter' && choose(id);
  const pick = (id: string) => () => choose(id === chosen ? undefined : id);
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Map of connections">
    <svg
      class="map"
      width=${width}
      height=${height}
      viewBox=${`0 0 ${width} ${height}`}
      role="group"
      aria-label="Connections"
    >
      ${lines.map((line) => {
        const [from, to] = [places.get(line.from), places.get(line.to)];
        if (!from || !to) return null;
        const path = curve([from, ...line.via.map(placeOf), to]);
        const label = `${line.id}: ${toneOf(line, open) === 'calm' ? 'calm' : 'in trouble'}`;
        return html`<g
          key=${line.id}
          class=${`edge ${toneOf(line, open)} ${related(line) ? '' : 'faded'} ${line.id === chosen ? 'chosen' : ''}`}
          tabindex="0"
          role="button"
          aria-label=${label}
          onClick=${pick(line.id)}
          onKeyDown=${press(line.id)}
        >
          <path class="edge-hit" d=${path} /><path
            class="edge-line"
            d=${path}
            stroke-width=${thickness(line.edge)}
          /><title>${label}</title>
        </g>`;
      })}
      ${nodes.map((node) => {
        const { x, y } = placeOf(node);
        const faded =
          chosen !== undefined &&
          node.id !== chosen &&
          !lines.some((line) => related(line) && (line.from === node.id || line.to === node.id));
        return html`<g
          key=${node.id}
          class=${`node ${node.kind} ${faded ? 'faded' : ''} ${node.id === chosen ? 'chosen' : ''}`}
          transform=${`translate(${x} ${y})`}
          tabindex="0"
          role="button"
          aria-label=${[node.id, ...node.also].join(', also ')}
          onClick=${pick(node.id)}
          onKeyDown=${press(node.id)}
        >
          <rect width=${nodeWidth} height=${nodeHeight} rx="5" /><text x="8" y="15"
            >${clip(shortName(node.id))}</text
          ><title>${[node.id, ...node.also].join(', also ')}</title>
        </g>`;
      })}
    </svg>
  </div>`;
}

interface Place {
  readonly x: number;
  readonly y: number;
}

function placeOf({ column, row }: Pick<MapNode, 'column' | 'row'>): Place {
  return { x: margin + column * columnWidth, y: margin + row * rowHeight };
}

/** From the right edge to the left one, straight through the gaps between. */
function curve(stops: readonly Place[]): string {
  return stops
    .slice(1)
    .map((to, index) => {
      const from = stops[index] ?? to;
      const start = index === 0 ? 'M' : 'L';
      return `${start}${from.x + nodeWidth} ${from.y + nodeHeight / 2}${bend(from, to)}`;
    })
    .join('');
}

/** Back to the same or an earlier column around the outside. */
function bend(from: Place, to: Place): string {
  const [y1, y2] = [from.y + nodeHeight / 2, to.y + nodeHeight / 2];
  const [x1, x2] = [from.x + nodeWidth, to.x > from.x ? to.x : to.x + nodeWidth];
  const reach = to.x > from.x ? (x2 - x1) / 2 : 50;
  const back = to.x > from.x ? x2 - reach : x2 + reach;
  return `C${x1 + reach} ${y1} ${back} ${y2} ${x2} ${y2}`;
}

const longestName = 23;
function clip(name: string): string {
  return name.length <= longestName ? name : `${name.slice(0, longestName - 1)}…`;
}

function alertsOf({ edge }: MapLine, open: readonly AlertView[]): readonly AlertView[] {
  return open.filter(({ workload, peer }) => workload === edge.workload && peer?.name === edge.peer);
}

const lossRatio = 0.02;

/** By the alerts that fire; without one, by loss that anybody would call high. */
function toneOf(line: MapLine, open: readonly AlertView[]): Tone {
  const alerts = alertsOf(line, open);
  if (alerts.some(({ level }) => level === 'page')) return 'page';
  const lossy = (line.edge.measures['tcp.retransmits/retransmit_ratio'] ?? 0) >= lossRatio;
  return alerts.length > 0 || lossy ? 'notice' : 'calm';
}

function thickness({ measures }: EdgeView): number {
  const bytes = (measures['tcp.traffic/bytes_sent'] ?? 0) + (measures['tcp.traffic/bytes_received'] ?? 0);
  return 1.5 + Math.min(4, Math.log10(1 + bytes / 10_000));
}

interface EdgeCardProps {
  readonly line: MapLine;
  readonly open: readonly AlertView[];
  readonly window: { readonly since_ms: number; readonly until_ms: number };
}

function EdgeCard({ line, open, window }: EdgeCardProps) {
  const { workload, peer, service_ports: ports, measures } = line.edge;
  const [port] = ports;
  const capture = (): Promise<boolean> =>
    act(
      () =>
        post('/captures', {
          workload,
          peer,
          ...(ports.length === 1 && port !== undefined && port > 0 && { service_port: port }),
        }),
      'Capturing: see Captures in half a minute',
    );
  const alerts = alertsOf(line, open);
  return html`<${Card}
    title=${line.id}
    aside=${`seen from ${workload}, ${plural(ports.length, 'port')}: ${ports.slice(0, 8).join(', ')}`}
  >
    ${alerts.map((alert) => html`<p key=${alert.id}><${Link} to=${`/alerts/${alert.fingerprint}-${alert.episode}`}>${alert.alert}<//></p>`)}
    <dl class="facts">
      ${Object.entries(measures).map(
        ([name, value]) =>
          html`<div key=${name}>
            <dt>${name}</dt>
            <dd>${formatFigure(value, unitOf(name))}</dd>
          </div>`,
      )}
    </dl>
    <div class="actions">
      <${Link} class="button" to=${`/history${queryText({ workload, peer })}`}>Its alerts<//>
      <${Link} class="button" to=${`/explore${queryText({ workload, peer, ...window })}`}>Its figures<//>
      <button type="button" onClick=${capture}>Capture now</button>
    </div>
  <//>`;
}

/** Names say their unit where it matters. */
function unitOf(measure: string): string {
  if (measure.includes('ratio') || measure.includes('share')) return 'ratio';
  if (measure.includes('bytes')) return 'bytes';
  if (measure.includes('rtt') || measure.includes('latency') || measure.endsWith('_us')) return 'us';
  return '';
}

function NodeCard({
  id,
  layout,
  choose,
}: {
  readonly id: string;
  readonly layout: MapLayout;
  readonly choose: (id: string) => void;
}) {
  const lines = layout.lines.filter(({ from, to }) => from === id || to === id);
  return html`<${Card} title=${id} aside=${plural(lines.length, 'connection')}>
    <ul class="chips">
      ${lines.map((line) => html`<li key=${line.id}><button type="button" class="chip" onClick=${() => choose(line.id)}>${line.id}</button></li>`)}
    </ul>
  <//>`;
}
