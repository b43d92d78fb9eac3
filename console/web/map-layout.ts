import type { EdgeView } from '../api/explore-routes.ts';

export interface MapNode {
  readonly id: string;
  readonly kind: 'workload' | 'external';
  readonly column: number;
  readonly row: number;
}

export interface MapLine {
  readonly id: string;
  readonly from: string;
  readonly to: string;
  readonly edge: EdgeView;
}

export interface MapLayout {
  readonly nodes: readonly MapNode[];
  readonly lines: readonly MapLine[];
  readonly columns: number;
  readonly rows: number;
}

const maxColumns = 5;
const sweeps = 6;

/**
 * Callers to the left, called to the right, what lies outside in the last column: layers by the longest path, rows by
 * the middle of the neighbours (Sugiyama's method, cut short). The same traffic gives the same picture.
 */
export function layOutMap(edges: readonly EdgeView[]): MapLayout {
  const lines = toLines(edges);
  const ids = [...new Set(lines.flatMap(({ from, to }) => [from, to]))].toSorted();
  const external = externals(lines);
  const layers = layersOf(ids, lines, external);
  const columns = [...new Set(layers.values())].toSorted((a, b) => a - b);
  const order = columns.map((layer) => ids.filter((id) => layers.get(id) === layer));
  for (let sweep = 0; sweep < sweeps; sweep++) sortByNeighbours(order, lines);
  const rows = Math.max(1, ...order.map((column) => column.length));
  const nodes = order.flatMap((column, index) =>
    column.map((id, row): MapNode => ({
      id,
      kind: external.has(id) ? 'external' : 'workload',
      column: index,
      // Short columns stand in the middle of the tall ones.
      row: row + (rows - column.length) / 2,
    })),
  );
  return { nodes, lines, columns: order.length, rows };
}

/** From the client to the server. What both ends have seen is told by the client. */
function toLines(edges: readonly EdgeView[]): readonly MapLine[] {
  const lines = new Map<string, MapLine>();
  for (const edge of edges.toSorted((a, b) => a.role.localeCompare(b.role))) {
    const [from, to] = edge.role === 'client' ? [edge.workload, edge.peer] : [edge.peer, edge.workload];
    const id = `${from} → ${to}`;
    if (from !== to && !lines.has(id)) lines.set(id, { id, from, to, edge });
  }
  return [...lines.values()];
}

function externals(lines: readonly MapLine[]): ReadonlySet<string> {
  const watched = new Set(lines.map(({ edge }) => edge.workload));
  return new Set(lines.flatMap(({ edge }) => (watched.has(edge.peer) ? [] : [edge.peer])));
}

function layersOf(
  ids: readonly string[],
  lines: readonly MapLine[],
  external: ReadonlySet<string>,
): ReadonlyMap<string, number> {
  const layers = new Map(ids.map((id) => [id, 0]));
  // As often as there may be columns: a circle stops there.
  for (let round = 1; round < maxColumns - 1; round++)
    for (const { from, to } of lines)
      if (!external.has(to) && (layers.get(to) ?? 0) <= (layers.get(from) ?? 0))
        layers.set(to, Math.min(maxColumns - 2, (layers.get(from) ?? 0) + 1));
  const called = new Set(lines.map(({ to }) => to));
  for (const id of external) layers.set(id, called.has(id) ? maxColumns - 1 : -1);
  return layers;
}

function sortByNeighbours(order: string[][], lines: readonly MapLine[]): void {
  const place = new Map(
    order.flatMap((column) => column.map((id, row) => [id, row / column.length] as const)),
  );
  for (const column of order) {
    const middle = new Map(column.map((id) => [id, middleOf(id, lines, place)]));
    column.sort((a, b) => (middle.get(a) ?? 0) - (middle.get(b) ?? 0) || a.localeCompare(b));
    for (const [row, id] of column.entries()) place.set(id, row / column.length);
  }
}

function middleOf(id: string, lines: readonly MapLine[], place: ReadonlyMap<string, number>): number {
  const others = lines.flatMap(({ from, to }) => (from === id ? [to] : to === id ? [from] : []));
  return others.reduce((sum, other) => sum + (place.get(other) ?? 0), 0) / Math.max(1, others.length);
}
