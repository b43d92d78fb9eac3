import { formatTable } from '../cli/output.ts';
import type { BenchmarkResult, BenchmarkRow } from './benchmark.ts';

/** Readable tables with their conditions above and their notes below; neighbours with the same columns share one. */
export function renderResult(result: BenchmarkResult): string {
  const conditions = Object.entries(result.conditions).map(([name, value]) => `  ${name}: ${value}`);
  return [
    `${result.benchmark}`,
    ...conditions,
    '',
    ...tablesOf(result.rows).flatMap((rows) => [renderTable(rows), '']),
    ...result.notes.map((note) => `- ${note}`),
  ].join('\n');
}

/** The same as Markdown, laid out as the formatter of this project leaves it. */
export function renderMarkdown(result: BenchmarkResult): string {
  const conditions = Object.entries(result.conditions).map(([name, value]) => `${name}: ${value}`);
  return [
    `Conditions: ${conditions.join('; ')}.`,
    ...tablesOf(result.rows).map(markdownTable),
    result.notes.map((note) => `- ${note}`).join('\n'),
  ].join('\n\n');
}

function markdownTable(rows: readonly BenchmarkRow[]): string {
  const columns = rows[0] ? columnsOf(rows[0]) : [];
  const lines = [['', ...columns], ...rows.map((row) => cellsOf(row, columns))].map((line) =>
    line.map((cell) => cell.replaceAll('|', '\\|')),
  );
  const widths = ['', ...columns].map((_, n) => Math.max(3, ...lines.map((line) => line[n]?.length ?? 0)));
  const render = (line: readonly string[]): string =>
    `| ${line.map((cell, n) => cell.padEnd(widths[n] ?? 0)).join(' | ')} |`;
  const [head = [], ...body] = lines;
  return [render(head), render(widths.map((width) => '-'.repeat(width))), ...body.map(render)].join('\n');
}

function cellsOf(row: BenchmarkRow, columns: readonly string[]): readonly string[] {
  return [row.name, ...columns.map((column) => figure(row.figures[column]))];
}

/** Cuts where the columns change. */
function tablesOf(rows: readonly BenchmarkRow[]): readonly (readonly BenchmarkRow[])[] {
  const tables: BenchmarkRow[][] = [];
  for (const row of rows) {
    const table = tables.at(-1);
    if (table?.[0] && columnsOf(table[0]).join() === columnsOf(row).join()) table.push(row);
    else tables.push([row]);
  }
  return tables;
}

function columnsOf(row: BenchmarkRow): readonly string[] {
  return Object.keys(row.figures);
}

function renderTable(rows: readonly BenchmarkRow[]): string {
  const columns = rows[0] ? columnsOf(rows[0]) : [];
  return formatTable(
    ['', ...columns],
    rows.map((row) => cellsOf(row, columns)),
  );
}

function figure(value: number | string | null | undefined): string {
  if (value === null || value === undefined || Number.isNaN(value)) return '–';
  if (typeof value === 'string') return value;
  if (Number.isInteger(value)) return String(value);
  return Math.abs(value) >= 100 ? value.toFixed(0) : value.toPrecision(3);
}
