import type { EdgeView } from '../api/explore-routes.ts';
import { aliasesOf } from './map-aliases.ts';

export interface MapNode {
  readonly id: string;
  readonly kind: 'workload' | 'external';
  readonly column: number;
  readonly row: number;
  /** Other names that clients know it by. */
  readonly also: readonly string[];
}

/** A gap between nodes that lines to one node go through. */
export interface MapGap {
  readonly column: number;
  readonly row: number;
}

export interface MapLine {
  readonly id: string;
  readonly from: string;
  readonly to: string;
  readonly edge: EdgeView;
  /** Where it crosses the columns between its ends, from left to right. */
  readonly via: readonly MapGap[];
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
 * the middle of the neighbours (Sugiyama's method, cut short). A line over several columns gets a gap in each between, as
 * if a node stood there, so that it runs under no other node. The same traffic gives the same picture.
 */
export function layOutMap(edges: readonly EdgeView[]): MapLayout {
  const aliases = aliasesOf(edges);
  const lines = toLines(edges, aliases);
  const ids = [...new Set(lines.flatMap(({ from, to }) => [from, to]))].toSorted();
  const watched = new Set(edges.map(({ workload }) => workload));
  const external = new Set(ids.filter((id) => !watched.has(id)));
  const layers = layersOf(ids, lines, external);
  const columns = [...new Set(layers.values())].toSorted((a, b) => a - b);
  const order = columns.map((layer) => ids.filter((id) => layers.get(id) === layer));
  const places = new Map(order.flatMap((column, index) => column.map((id) => [id, index] as const)));
  const pieces = lines.flatMap((line) => piecesOf(line, places));
  for (const gap of new Set(pieces.flatMap(({ from, to }) => [from, to]).filter(isGap)))
    order[columnOfGap(gap)]?.push(gap);
  for (let sweep = 0; sweep < sweeps; sweep++) sortByNeighbours(order, pieces);
  const rows = Math.max(1, ...order.map((column) => column.length));
  // Short columns stand in the middle of the tall ones.
  const rowOf = new Map(
    order.flatMap((column) => column.map((id, row) => [id, row + (rows - column.length) / 2] as const)),
  );
  const nodes = ids.map((id): MapNode => ({
    id,
    kind: external.has(id) ? 'external' : 'workload',
    column: places.get(id) ?? 0,
    row: rowOf.get(id) ?? 0,
    also: [...aliases].filter(([, workload]) => workload === id).map(([name]) => name),
  }));
  const withGaps = lines.map((line) => ({ ...line, via: gapsOf(line, places, rowOf) }));
  return { nodes, lines: withGaps, columns: order.length, rows };
}

interface Piece {
  readonly from: string;
  readonly to: string;
}

const gapMark = '\u0000';
/** Lines to one node share the gaps before it: they run together. */
const gapBefore = (to: string, column: number): string => `${gapMark}${column}${gapMark}${to}`;
const isGap = (id: string): boolean => id.startsWith(gapMark);
const columnOfGap = (id: string): number => Number(id.split(gapMark)[1]);

function columnsBetween({ from, to }: Piece, places: ReadonlyMap<string, number>): readonly number[] {
  const [first, last] = [places.get(from) ?? 0, places.get(to) ?? 0];
  return Array.from({ length: Math.max(0, last - first - 1) }, (_, index) => first + 1 + index);
}

/** A line as steps from column to column. */
function piecesOf(line: Piece, places: ReadonlyMap<string, number>): readonly Piece[] {
  const stops = [
    line.from,
    ...columnsBetween(line, places).map((column) => gapBefore(line.to, column)),
    line.to,
  ];
  return stops.slice(1).map((to, index) => ({ from: stops[index] ?? line.from, to }));
}

function gapsOf(
  line: Piece,
  places: ReadonlyMap<string, number>,
  rowOf: ReadonlyMap<string, number>,
): readonly MapGap[] {
  return columnsBetween(line, places).map((column) => ({
    column,
    row: rowOf.get(gapBefore(line.to, column)) ?? 0,
  }));
}

/** From the client to the server. What both ends have seen is told by the client. */
function toLines(edges: readonly EdgeView[], aliases: ReadonlyMap<string, string>): readonly MapLine[] {
  const lines = new Map<string, MapLine>();
  for (const edge of edges.toSorted((a, b) => a.role.localeCompare(b.role))) {
    const peer = aliases.get(edge.peer) ?? edge.peer;
    const [from, to] = edge.role === 'client' ? [edge.workload, peer] : [peer, edge.workload];
    const id = `${from} → ${to}`;
    if (from !== to && !lines.has(id)) lines.set(id, { id, from, to, edge, via: [] });
  }
  return [...lines.values()];
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

function sortByNeighbours(order: string[][], lines: readonly Piece[]): void {
  const place = new Map(
    order.flatMap((column) => column.map((id, row) => [id, row / column.length] as const)),
  );
  for (const column of order) {
    const middle = new Map(column.map((id) => [id, middleOf(id, lines, place)]));
    column.sort((a, b) => (middle.get(a) ?? 0) - (middle.get(b) ?? 0) || a.localeCompare(b));
    for (const [row, id] of column.entries()) place.set(id, row / column.length);
  }
}

function middleOf(id: string, lines: readonly Piece[], place: ReadonlyMap<string, number>): number {
  const others = lines.flatMap(({ from, to }) => (from === id ? [to] : to === id ? [from] : []));
  return others.reduce((sum, other) => sum + (place.get(other) ?? 0), 0) / Math.max(1, others.length);
}
