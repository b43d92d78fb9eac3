import { useEffect, useRef } from 'preact/hooks';
import type uPlot from 'uplot';
import { formatFigure, formatTick } from '../../source-text/figures.ts';
import { formatTime } from './format.ts';
import { html } from './html.ts';
import { color, useTheme } from './theme.ts';

export interface ChartLine {
  readonly name: string;
  /** Name of a colour of the style sheet. */
  readonly color: string;
  readonly points: readonly (readonly [number, number | null])[];
  /** Points that no line joins. */
  readonly dots?: boolean;
}

export interface ChartBand {
  /** Holds from its moment until the next. */
  readonly at_ms: number;
  readonly lower: number | null;
  readonly upper: number | null;
}

export interface ChartMark {
  readonly at_ms: number;
  readonly label: string;
  readonly color: string;
}

export interface ChartProps {
  readonly lines: readonly ChartLine[];
  readonly unit: string;
  readonly from_ms: number;
  readonly to_ms: number;
  readonly band?: readonly ChartBand[];
  readonly marks?: readonly ChartMark[];
  /** Said to those who do not see it. */
  readonly description: string;
  readonly onSelect?: (fromMs: number, toMs: number) => void;
}

const heightPx = 300;

/** Lines over time, with what was normal behind them and what happened marked on them. */
export function Chart(props: ChartProps) {
  const holder = useRef<HTMLDivElement>(null);
  const theme = useTheme();
  useEffect(() => {
    const element = holder.current;
    if (element === null) return;
    let plot: uPlot | undefined;
    let shown = true;
    const observer = new ResizeObserver(() =>
      plot?.setSize({ width: element.clientWidth, height: heightPx }),
    );
    // Loaded by the first chart: most first views have none.
    import('uplot').then(
      ({ default: Plot }) => {
        if (!shown) return;
        plot = new Plot(optionsOf(props, element.clientWidth), dataOf(props), element);
        observer.observe(element);
      },
      () => {
        element.textContent = 'The chart could not be loaded: reload the page.';
      },
    );
    return () => {
      shown = false;
      observer.disconnect();
      plot?.destroy();
    };
  }, [props.lines, props.band, props.marks, props.from_ms, props.to_ms, theme]);
  return html`<div
    class=${`chart ${(props.band ?? []).length > 0 ? 'banded' : ''}`}
    ref=${holder}
    role="img"
    aria-label=${props.description}
  ></div>`;
}

/** All lines on one axis of time; times in seconds, as uPlot has them. */
function dataOf({ lines, band = [], from_ms: fromMs, to_ms: toMs }: ChartProps): uPlot.AlignedData {
  const edges = band.flatMap(({ at_ms: atMs }) => [atMs - 1, atMs]);
  const times = [
    ...new Set([fromMs, ...lines.flatMap(({ points }) => points.map(([atMs]) => atMs)), ...edges, toMs]),
  ].toSorted((a, b) => a - b);
  const columns = lines.map(({ points }) => {
    const values = new Map(points);
    const column = times.map((time) => values.get(time));
    // undefined: no point of this line; null: a gap.
    return column as (number | null)[];
  });
  const uppers = times.map((time) => bandAt(band, time)?.upper ?? null);
  const lowers = times.map((time) => {
    const at = bandAt(band, time);
    return at === undefined || at.upper === null ? null : (at.lower ?? 0);
  });
  const seconds = times.map((time) => time / 1000);
  return band.length === 0 ? [seconds, ...columns] : [seconds, ...columns, uppers, lowers];
}

/** Before the first judgement the first band stands: that was its normal already. */
function bandAt(band: readonly ChartBand[], atMs: number): ChartBand | undefined {
  return band.findLast((one) => one.at_ms <= atMs) ?? band[0];
}

function optionsOf(props: ChartProps, width: number): uPlot.Options {
  const { lines, unit, band = [], onSelect } = props;
  const grid = { stroke: color('line'), width: 1 };
  const axis = { stroke: color('muted'), grid, ticks: grid, font: '12px system-ui' };
  const bandSeries: uPlot.Series[] =
    band.length === 0
      ? []
      : [
          {
            label: 'normal up to',
            stroke: color('band-line'),
            width: 1,
            dash: [4, 4],
            points: { show: false },
            value: (_plot, value) => shown(value, unit),
          },
          {
            label: 'from',
            stroke: 'transparent',
            points: { show: false },
            value: (_plot, value) => shown(value, unit),
          },
        ];
  return {
    width,
    height: heightPx,
    legend: { live: true, markers: { width: 2 } },
    cursor: { drag: { x: onSelect !== undefined, y: false, setScale: false }, y: false },
    scales: {
      x: { time: true, min: props.from_ms / 1000, max: props.to_ms / 1000 },
      y: { range: (_plot, _low, high) => [0, (high || 1) * 1.15] },
    },
    axes: [
      { ...axis, space: 70, values: (_plot, ticks) => ticks.map(timeTick) },
      { ...axis, size: 70, values: (_plot, ticks) => ticks.map((tick) => formatTick(tick, unit)) },
    ],
    series: [
      { label: 'at', value: (_plot, seconds) => (seconds === null ? '' : formatTime(seconds * 1000)) },
      ...lines.map((line): uPlot.Series => ({
        label: line.name,
        stroke: color(line.color),
        width: line.dots === true ? 0 : 2,
        points:
          line.dots === true
            ? { size: 8, show: true, fill: color(line.color) }
            : { size: 4, show: line.points.length < 80 },
        value: (_plot, value) => shown(value, unit),
      })),
      ...bandSeries,
    ],
    ...(band.length > 0 && {
      bands: [{ series: [lines.length + 1, lines.length + 2], fill: color('band') }],
    }),
    hooks: {
      draw: [(plot) => drawMarks(plot, props.marks ?? [])],
      ...(onSelect && { setSelect: [(plot) => tellSelection(plot, onSelect)] }),
    },
  };
}

/** Under the cursor; nothing where there is no point. */
function shown(value: number | null | undefined, unit: string): string {
  return value === null || value === undefined ? '' : formatFigure(value, unit);
}

/** `14:05`, with seconds between whole minutes, `21 Nov` at midnight. */
function timeTick(seconds: number): string {
  const date = new Date(seconds * 1000);
  const [hours, minutes, rest] = [date.getHours(), date.getMinutes(), date.getSeconds()];
  if (hours === 0 && minutes === 0 && rest === 0)
    return date.toLocaleDateString('en-GB', { day: 'numeric', month: 'short' });
  const padded = [hours, minutes, ...(rest === 0 ? [] : [rest])].map((part) => String(part).padStart(2, '0'));
  return padded.join(':');
}

function tellSelection(plot: uPlot, onSelect: (fromMs: number, toMs: number) => void): void {
  if (plot.select.width < 8) return;
  onSelect(
    plot.posToVal(plot.select.left, 'x') * 1000,
    plot.posToVal(plot.select.left + plot.select.width, 'x') * 1000,
  );
}

function drawMarks(plot: uPlot, marks: readonly ChartMark[]): void {
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.font = `${11 * devicePixelRatio}px system-ui`;
  ctx.textAlign = 'left';
  let nextLabel = Infinity;
  // From the last to the first: of marks that stand close together, what came of it keeps its label.
  for (const { at_ms: atMs, label, color: name } of marks.toReversed()) {
    const x = plot.valToPos(atMs / 1000, 'x', true);
    if (x < bbox.left || x > bbox.left + bbox.width) continue;
    ctx.strokeStyle = color(name);
    ctx.fillStyle = color(name);
    ctx.lineWidth = devicePixelRatio;
    ctx.setLineDash([3 * devicePixelRatio, 3 * devicePixelRatio]);
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    const space = 4 * devicePixelRatio;
    const { width } = ctx.measureText(label);
    const left = x + space + width > bbox.left + bbox.width ? x - space - width : x + space;
    if (left + width > nextLabel) continue;
    ctx.fillText(label, left, bbox.top + 12 * devicePixelRatio);
    nextLabel = x;
  }
  ctx.restore();
}
