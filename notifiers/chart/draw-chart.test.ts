import { describe, expect, it } from 'vitest';
import type { ChartData } from './chart-data.ts';
import { chartSize, drawChart } from './draw-chart.ts';
import { renderPng } from './render-png.ts';

const startMs = Date.UTC(2026, 10, 21, 23, 58);
const createData = (change: Partial<ChartData> = {}): ChartData => ({
  title: 'Retransmit ratio, checkout → payments:443',
  subtitle: '8.6 % at worst, normally up to 0.2 %',
  fromMs: startMs,
  toMs: startMs + 240_000,
  points: Array.from({ length: 240 }, (_, second) => [startMs + second * 1000, second > 120 ? 0.08 : 0.001]),
  judged: [[startMs + 121_000, 0.086]],
  band: [{ atMs: startMs + 121_000, lower: null, upper: 0.002 }],
  marks: [
    { atMs: startMs + 121_000, label: 'notice', tone: 'notice' },
    { atMs: startMs + 140_000, label: 'page', tone: 'page' },
    { atMs: startMs + 220_000, label: 'resolved', tone: 'ended' },
  ],
  formatTick: (value) => `${Number((value * 100).toPrecision(2))} %`,
  ...change,
});
const texts = (svg: string): readonly string[] =>
  [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/gu)].map(([, text = '']) => text);

describe('a chart', () => {
  it('tells who, how bad, on an axis with units, at times in UTC, with its transitions', () => {
    const shown = texts(drawChart(createData()));
    expect(shown.slice(0, 2)).toEqual([
      'Retransmit ratio, checkout to payments:443',
      '8.6 % at worst, normally up to 0.2 %',
    ]);
    expect(shown).toContain('8 %');
    expect(shown).toContain('23:59:00');
    expect(shown).toContain('00:01:00');
    expect(shown.some((text) => text.includes('times in UTC'))).toBe(true);
    expect(shown.filter((text) => ['notice', 'page', 'resolved'].includes(text))).toHaveLength(3);
  });

  it('leaves a gap where nothing was seen, and draws no band where none is known', () => {
    const svg = drawChart(
      createData({
        points: [
          [startMs, 0.1],
          [startMs + 1000, 0.1],
          [startMs + 2000, null],
          [startMs + 3000, 0.1],
          [startMs + 4000, 0.1],
        ],
        band: [{ atMs: startMs, lower: null, upper: null }],
      }),
    );
    const [value = ''] = /<path d="[^"]*" fill="none" stroke="#0b5cad"/u.exec(svg) ?? [];
    expect(value.match(/M/gu)).toHaveLength(2);
    expect(svg).not.toContain('#d7ecdc');
  });

  it('keeps the label of what came of it where marks stand close together', () => {
    const marks = ['pending', 'notice', 'page'].map((label, index) => ({
      atMs: startMs + 100_000 + index * 100,
      label,
      tone: 'page' as const,
    }));
    expect(texts(drawChart(createData({ marks })))).toContain('page');
    expect(texts(drawChart(createData({ marks })))).not.toContain('pending');
  });

  it('shows hostile names as they are, cut', () => {
    const svg = drawChart(createData({ title: `</text><script>"&\u0000\u202e${'x'.repeat(500)}` }));
    expect(svg).not.toContain('<script>');
    expect(texts(svg)[0]).toMatch(/^&lt;\/text&gt;&lt;script&gt;&quot;&amp;\?\?x+…$/u);
  });

  it.each([
    ['nothing at all', { points: [], judged: [], band: [], marks: [] }],
    ['only zeros', { points: [[startMs, 0]] as ChartData['points'], judged: [], band: [] }],
  ])('stands with %s', (_name, change) => {
    expect(drawChart(createData(change))).not.toMatch(/NaN|undefined|Infinity/u);
  });

  it('becomes a PNG of twice its size', async () => {
    const png = Buffer.from(await renderPng(drawChart(createData())));
    expect(png.subarray(1, 4).toString()).toBe('PNG');
    expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([chartSize.width * 2, chartSize.height * 2]);
  });
});
