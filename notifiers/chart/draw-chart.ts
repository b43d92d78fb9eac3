import { scaleLinear, scaleUtc, type ScaleLinear, type ScaleTime } from 'd3-scale';
import { area, curveStepAfter, line } from 'd3-shape';
import type { BandStep, ChartData, ChartMark } from './chart-data.ts';

/** The picture's size in CSS pixels; the bitmap has twice as many each way. */
export const chartSize = { width: 720, height: 320 } as const;
export const chartFont = 'PT Sans';

const margin = { top: 62, right: 18, bottom: 42, left: 64 } as const;

/**
 * On a ground of its own, so that it reads the same where people look in the dark and in the light. Colours are told
 * apart with every kind of colour vision, and no meaning rests on colour alone.
 */
const paint = {
  ground: '#ffffff',
  frame: '#d0d7de',
  text: '#1f2328',
  quiet: '#59636e',
  grid: '#e6eaef',
  band: '#d7ecdc',
  bandLine: '#4d8f63',
  value: '#0b5cad',
  judged: '#c0392b',
  pending: '#6e7781',
  notice: '#9a6700',
  page: '#c0392b',
  ended: '#1a7f37',
} as const;

interface Scales {
  readonly x: ScaleTime<number, number>;
  readonly y: ScaleLinear<number, number>;
}

/** The chart as SVG that asks for nothing from elsewhere. Texts may be hostile. */
export function drawChart(data: ChartData): string {
  const { width, height } = chartSize;
  const scales = scalesOf(data);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="${chartFont}" font-size="12">`,
    `<rect x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="6" fill="${paint.ground}" stroke="${paint.frame}"/>`,
    text(16, 26, data.title, { fill: paint.text, size: 16, bold: true }),
    text(16, 46, data.subtitle, { fill: paint.quiet, size: 13 }),
    drawBand(data, scales),
    drawAxes(data, scales),
    drawValues(data, scales),
    drawMarks(data.marks, scales),
    '</svg>',
  ].join('');
}

function scalesOf({ fromMs, toMs, points, judged, band }: ChartData): Scales {
  const values = [...points, ...judged].flatMap(([, value]) => (value === null ? [] : [value]));
  const uppers = band.flatMap(({ upper }) => (upper === null ? [] : [upper]));
  const top = [...values, ...uppers].reduce((most, one) => Math.max(most, one), 0);
  return {
    x: scaleUtc([fromMs, toMs], [margin.left, chartSize.width - margin.right]),
    y: scaleLinear([0, top > 0 ? top * 1.12 : 1], [chartSize.height - margin.bottom, margin.top]),
  };
}

function drawBand({ band, toMs, fromMs }: ChartData, { x, y }: Scales): string {
  const known = band.filter(({ upper }) => upper !== null);
  const [first, last] = [known[0], known.at(-1)];
  if (first === undefined || last === undefined) return '';
  // Before the first judgement its band stands, after the last one too.
  const steps: readonly BandStep[] = [{ ...first, atMs: fromMs }, ...known, { ...last, atMs: toMs }].filter(
    ({ atMs }) => atMs >= fromMs && atMs <= toMs,
  );
  const place = area<BandStep>()
    .x(({ atMs }) => x(atMs))
    .y0(({ lower }) => y(lower ?? 0))
    .y1(({ upper }) => y(upper ?? 0))
    .curve(curveStepAfter);
  const edge = place.lineY1()(steps) ?? '';
  return [
    `<path d="${place(steps) ?? ''}" fill="${paint.band}"/>`,
    `<path d="${edge}" fill="none" stroke="${paint.bandLine}" stroke-dasharray="5 4"/>`,
  ].join('');
}

function drawAxes({ formatTick }: ChartData, { x, y }: Scales): string {
  const [left, right] = [margin.left, chartSize.width - margin.right];
  const bottom = chartSize.height - margin.bottom;
  const rows = y
    .ticks(5)
    .map(
      (value) =>
        `<line x1="${left}" x2="${right}" y1="${y(value)}" y2="${y(value)}" stroke="${paint.grid}"/>` +
        text(left - 8, y(value) + 4, formatTick(value), { fill: paint.quiet, anchor: 'end' }),
    );
  const clock = clockFor(x);
  const columns = x
    .ticks(6)
    .map((date) => text(x(date), bottom + 18, clock(date), { fill: paint.quiet, anchor: 'middle' }));
  const legend = text(right, chartSize.height - 5, 'shaded: normal · dots: as judged · times in UTC', {
    fill: paint.quiet,
    anchor: 'end',
    size: 10,
  });
  return [...rows, ...columns, legend].join('');
}

/** `14:03:20` within minutes, `14:03` within a day, `21 Nov 14:03` beyond. */
function clockFor(x: Scales['x']): (date: Date) => string {
  const [from = new Date(0), to = from] = x.domain();
  const spanMs = to.getTime() - from.getTime();
  return (date) => {
    const iso = date.toISOString();
    if (spanMs < 10 * 60_000) return iso.slice(11, 19);
    return spanMs < 24 * 3_600_000 ? iso.slice(11, 16) : `${iso.slice(5, 10)} ${iso.slice(11, 16)}`;
  };
}

function drawValues({ points, judged }: ChartData, { x, y }: Scales): string {
  const place = line<ChartData['points'][number]>()
    .defined(([, value]) => value !== null)
    .x(([atMs]) => x(atMs))
    .y(([, value]) => y(value ?? 0));
  const dots = judged.map(
    ([atMs, value]) =>
      `<circle cx="${x(atMs)}" cy="${y(value)}" r="3.5" fill="${paint.judged}" stroke="${paint.ground}"/>`,
  );
  return `<path d="${place(points) ?? ''}" fill="none" stroke="${paint.value}" stroke-width="1.8" stroke-linejoin="round" stroke-linecap="round"/>${dots.join('')}`;
}

/** About as wide as this font's letters are at this size; only to keep labels apart. */
const labelWidth = (label: string): number => label.length * 6.2 + 8;

function drawMarks(marks: readonly ChartMark[], { x, y }: Scales): string {
  const [top, bottom = 0] = [margin.top - 8, y.range()[0]];
  let nextLabel: number = chartSize.width - margin.right;
  // From the last to the first: of marks that stand close together, what came of it keeps its label.
  return marks
    .toReversed()
    .map(({ atMs, label, tone }) => {
      const at = x(atMs);
      const stem = `<line x1="${at}" x2="${at}" y1="${top}" y2="${bottom}" stroke="${paint[tone]}" stroke-dasharray="3 3"/>`;
      const style = { fill: paint[tone], bold: true };
      const width = labelWidth(label);
      const free = Math.min(at, nextLabel);
      if (at + width <= nextLabel) {
        nextLabel = free;
        return stem + text(at + 4, top + 8, label, style);
      }
      if (free - width < margin.left || at > nextLabel) return stem;
      nextLabel = free - width;
      return stem + text(at - 4, top + 8, label, { ...style, anchor: 'end' });
    })
    .join('');
}

interface TextStyle {
  readonly fill: string;
  readonly size?: number;
  readonly bold?: boolean;
  readonly anchor?: 'start' | 'middle' | 'end';
}

function text(x: number, y: number, content: string, style: TextStyle): string {
  const { fill, size = 12, bold = false, anchor = 'start' } = style;
  return `<text x="${x}" y="${y}" fill="${fill}" font-size="${size}" text-anchor="${anchor}"${bold ? ' font-weight="700"' : ''}>${escapeXml(content)}</text>`;
}

const longestText = 100;
/** Beyond what the font has, and what XML forbids. */
const strange = /[^\u0020-\u007e\u00a0-\u00ff\u2013\u2014\u2018-\u201d\u2022\u2026]/gu;
const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

function escapeXml(raw: string): string {
  const plain = raw.replaceAll('→', 'to').replaceAll('µ', '\u00b5').replace(strange, '?');
  const cut = plain.length > longestText ? `${plain.slice(0, longestText - 1)}…` : plain;
  return cut.replace(/[&<>"]/gu, (one) => entities[one] ?? '');
}
