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
  const cells = rows.map((row) => [row.name, ...columns.map((column) => figure(row.figures[column]))]);
  return formatTable(['', ...columns], cells);
}

function figure(value: number | string | null | undefined): string {
  if (value === null || value === undefined || Number.isNaN(value)) return '–';
  if (typeof value === 'string') return value;
  if (Number.isInteger(value)) return String(value);
  return Math.abs(value) >= 100 ? value.toFixed(0) : value.toPrecision(3);
}
