import { statSync } from 'node:fs';
import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { countByDay, precisionByRule } from '../../history/alert-statistics.ts';
import { getAlert } from '../../history/alert-queries.ts';
import { historyMigrations } from '../../history/history-schema.ts';
import { searchAlerts, type AlertSearch } from '../../history/search-alerts.ts';
import { openDatabase, openDatabaseReadOnly } from '../../stream/embedded/database.ts';
import { migrate } from '../../stream/embedded/migrate.ts';
import type { Benchmark, BenchmarkOptions, BenchmarkRow } from '../benchmark.ts';
import { machineConditions } from '../machine.ts';
import { quantile } from '../statistics.ts';
import {
  fingerprintOf,
  peerName,
  peers,
  ruleName,
  rules,
  workloadName,
  workloads,
  writeAlerts,
} from './alert-load.ts';

const dayMs = 86_400_000;
const sizes = { full: 1_000_000, quick: 50_000 } as const;
const repetitions = { full: 60, quick: 20 } as const;

interface Question {
  readonly name: string;
  /** `round` varies it, so that no answer is only a remembered one. */
  readonly ask: (database: DatabaseSync, round: number) => unknown;
}

function questions(nowMs: number): readonly Question[] {
  const search = (name: string, of: (round: number) => AlertSearch): Question => ({
    name,
    ask: (database, round) => searchAlerts(database, of(round)),
  });
  return [
    search('list: the latest', () => ({})),
    search('list: open', () => ({ state: 'open' })),
    search('filter: one rule', (round) => ({ ruleId: ruleName(round % rules) })),
    search('filter: one workload', (round) => ({ workload: workloadName((round * 7) % workloads) })),
    search('filter: pages of one rule in one month', (round) => ({
      ruleId: ruleName(round % rules),
      level: 'page',
      sinceMs: nowMs - (60 + round) * dayMs,
      untilMs: nowMs - (30 + round) * dayMs,
    })),
    search('filter: noise', () => ({ verdict: 'noise' })),
    search('filter: a workload and a peer', (round) => ({
      workload: workloadName((round * 7) % workloads),
      peer: peerName((round * 13) % peers),
    })),
    search('search: a word that all have', () => ({ text: 'deployment' })),
    search('search: a rare name', (round) => ({ text: `api-${(round * 13) % peers}` })),
    search('search: two words', (round) => ({
      text: `service-${(round * 7) % workloads} api-${(round * 13) % peers}`,
    })),
    search('search: the beginning of a word', () => ({ text: 'serv' })),
    search('search: a word and a filter', (round) => ({
      text: 'service',
      ruleId: ruleName(round % rules),
      level: 'page',
    })),
    {
      name: 'turn 20 pages',
      ask: (database, round) => {
        let cursor: string | undefined;
        for (let page = 0; page < 20; page++)
          cursor = searchAlerts(database, { ruleId: ruleName(round % rules), cursor }).next ?? undefined;
      },
    },
    {
      name: 'one alert',
      ask: (database, round) => getAlert(database, `${fingerprintOf(round * 501)}-1`),
    },
    {
      name: 'calendar of a year',
      ask: (database) => countByDay(database, { sinceMs: nowMs - 365 * dayMs, untilMs: nowMs }),
    },
    {
      name: 'precision by rule, 30 days',
      ask: (database) => precisionByRule(database, { sinceMs: nowMs - 30 * dayMs, untilMs: nowMs }),
    },
  ];
}

export const historyBenchmark: Benchmark = {
  name: 'history',
  description: 'What the console asks of a history with a million alerts.',
  async run(options) {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'saccade-bench-history-'));
    return await measure(join(folder.path, 'saccade.db'), options);
  },
};

async function measure(path: string, { quick, progress, signal }: BenchmarkOptions) {
  const [count, rounds] = quick ? [sizes.quick, repetitions.quick] : [sizes.full, repetitions.full];
  const nowMs = Date.UTC(2026, 10, 21);
  progress(`writing ${count} alerts`);
  const writing = performance.now();
  const writer = openDatabase({ path, maxFileBytes: 64e9 });
  migrate(writer, 'history', historyMigrations);
  writeAlerts(writer, count, nowMs);
  writer.close();
  const writingMs = performance.now() - writing;
  using database = closing(openDatabaseReadOnly(path));
  const rows: BenchmarkRow[] = [];
  for (const question of questions(nowMs)) {
    signal.throwIfAborted();
    progress(question.name);
    rows.push({ name: question.name, figures: timed(database.open, question, rounds) });
  }
  const slowest = Math.max(...rows.slice(0, 12).map(({ figures }) => Number(figures['p95 ms'])));
  return {
    benchmark: 'history',
    conditions: {
      ...machineConditions(),
      alerts: count,
      repetitions: rounds,
      'file, MB': Math.round(statSync(path).size / 1e6),
      'written, alerts/s': Math.round(count / (writingMs / 1000)),
    },
    rows,
    notes: [
      `List, filter and search: p95 of the slowest ${slowest.toFixed(1)} ms; the goal is 50 ms.`,
      'Pages of 50 alerts, each read and checked against its schema. The console asks in a thread of its own.',
    ],
  };
}

function closing(open: DatabaseSync): Disposable & { readonly open: DatabaseSync } {
  return { open, [Symbol.dispose]: () => open.close() };
}

function timed(database: DatabaseSync, { ask }: Question, rounds: number): BenchmarkRow['figures'] {
  const first = performance.now();
  ask(database, rounds);
  const firstMs = performance.now() - first;
  const times = Array.from({ length: rounds }, (_, round) => {
    const start = performance.now();
    ask(database, round);
    return performance.now() - start;
  });
  return { 'p50 ms': quantile(times, 0.5), 'p95 ms': quantile(times, 0.95), 'first ms': firstMs };
}
