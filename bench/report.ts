import { formatTable } from '../cli/output.ts';
import type { BenchmarkResult } from './benchmark.ts';

/** A readable table with its conditions above and its notes below. */
export function renderResult(result: BenchmarkResult): string {
  const columns = [...new Set(result.rows.flatMap((row) => Object.keys(row.figures)))];
  const rows = result.rows.map((row) => [row.name, ...columns.map((column) => figure(row.figures[column]))]);
  const conditions = Object.entries(result.conditions).map(([name, value]) => `  ${name}: ${value}`);
  return [
    `${result.benchmark}`,
    ...conditions,
    '',
    formatTable(['', ...columns], rows),
    '',
    ...result.notes.map((note) => `- ${note}`),
  ].join('\n');
}

function figure(value: number | string | null | undefined): string {
  if (value === null || value === undefined) return '–';
  if (typeof value === 'string') return value;
  if (Number.isInteger(value)) return String(value);
  return Math.abs(value) >= 100 ? value.toFixed(0) : value.toPrecision(3);
}
