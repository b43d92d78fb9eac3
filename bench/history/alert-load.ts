import type { DatabaseSync } from 'node:sqlite';
import { transitionOf } from '../../console/testing/sample-story.ts';
import { inTransaction } from '../../stream/embedded/database.ts';

export const namespaces = 20;
export const workloads = 300;
export const peers = 900;
export const rules = 12;
const daysBack = 365;
const perTransaction = 20_000;

export const workloadName = (index: number): string => `deployment/service-${index}`;
export const ruleName = (index: number): string => `rule-${index}`;
export const peerName = (index: number): string => `api-${index}.example.com`;
/** Knuth's multiplicative hash: spread over the index as real fingerprints are. */
export const fingerprintOf = (index: number): string =>
  (((index + 1) * 2_654_435_761) % 2 ** 32).toString(16).padStart(8, '0').padEnd(16, '0');

/**
 * Fills a history with alerts of a year, oldest first: a fifth paged, a tenth never fired, a tenth with a verdict, one
 * in a thousand still open. Into the table itself, with the body of a real transition; its triggers fill the words.
 */
export function writeAlerts(database: DatabaseSync, count: number, nowMs: number): void {
  // Only for filling: a running Saccade writes a few alerts a minute, not a million at once.
  database.exec('PRAGMA cache_size = -524288; PRAGMA synchronous = OFF');
  const body = JSON.stringify(transitionOf({ at_ms: nowMs, started_at_ms: nowMs }));
  const insert = database.prepare(
    `INSERT INTO alerts (fingerprint, episode, last_seq, rule_id, state, peak_level, namespace, workload, peer,
       started_at_ms, fired_at_ms, ended_at_ms, dry_run, verdict, body) VALUES (?, 1, 2, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?)`,
  );
  const stepMs = (daysBack * 86_400_000) / count;
  for (let start = 0; start < count; start += perTransaction)
    inTransaction(database, () => {
      for (let index = start; index < Math.min(count, start + perTransaction); index++) {
        const startedMs = Math.floor(nowMs - (count - index) * stepMs);
        insert.run(...alertRow(index, startedMs), body);
      }
    });
  database.exec('PRAGMA optimize; PRAGMA wal_checkpoint(TRUNCATE)');
}

/** Primes, so that no two of its columns move together. */
function alertRow(index: number, startedMs: number): (string | number | null)[] {
  const [rule, workload, peer] = [
    (index * 7919) % rules,
    (index * 104_729) % workloads,
    (index * 15_485_863) % peers,
  ];
  const state = index % 1000 === 501 ? 'firing' : index % 10 === 9 ? 'cancelled' : 'resolved';
  return [
    fingerprintOf(index),
    ruleName(rule),
    state,
    state === 'cancelled' ? null : index % 5 === 0 ? 'page' : 'notice',
    `team-${workload % namespaces}`,
    workloadName(workload),
    peerName(peer),
    startedMs,
    startedMs + 500,
    state === 'firing' ? null : startedMs + 60_000,
    index % 10 === 0 ? (index % 3 === 0 ? 'noise' : 'useful') : null,
  ];
}
