import type { DatabaseSync } from 'node:sqlite';
import { transitionOf } from '../../console/testing/sample-story.ts';
import { EventWriter } from '../../history/event-writer.ts';
import { inTransaction } from '../../stream/embedded/database.ts';

export const namespaces = 20;
export const workloads = 300;
export const peers = 900;
export const rules = 12;
const daysBack = 365;
const perTransaction = 2000;

/** The minimal standard generator (Park and Miller, 1988): the same alerts with each run. */
function createRandom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 48_271) % 2_147_483_647;
    return state % below;
  };
}

export const workloadName = (index: number): string => `deployment/service-${index}`;
export const ruleName = (index: number): string => `rule-${index}`;

/** Writes alerts of a year through the history's own writer, oldest first; a fifth of them paged. */
export function writeAlerts(database: DatabaseSync, count: number, nowMs: number): void {
  const writer = new EventWriter(database);
  const random = createRandom(11);
  const stepMs = (daysBack * 86_400_000) / count;
  for (let start = 0; start < count; start += perTransaction)
    inTransaction(database, () => {
      for (let index = start; index < Math.min(count, start + perTransaction); index++)
        writeAlert(writer, random, { index, atMs: Math.floor(nowMs - (count - index) * stepMs) });
    });
  database.exec('PRAGMA optimize; PRAGMA wal_checkpoint(TRUNCATE)');
}

function writeAlert(
  writer: EventWriter,
  random: (below: number) => number,
  { index, atMs }: { readonly index: number; readonly atMs: number },
): void {
  const [rule, workload, peer, outcome] = [random(rules), random(workloads), random(peers), random(10)];
  const fingerprint = ((index + 1) * 2_654_435_761).toString(16).padStart(16, '0');
  const transition = transitionOf({
    fingerprint,
    at_ms: atMs,
    started_at_ms: atMs,
    rule_id: ruleName(rule),
    alert: `Rule${rule}Fired`,
    subject: {
      cluster: 'c1',
      node: `node-${workload % 50}`,
      namespace: `team-${workload % namespaces}`,
      workload: workloadName(workload),
    },
    peer: { kind: 'external', name: `api-${peer}.example.com`, ip: '203.0.113.9' },
    state: 'firing',
    level: outcome < 2 ? 'page' : 'notice',
    fired_at_ms: atMs,
  });
  writer.write({ kind: 'transition', transition });
  // One in a thousand is still open.
  if (random(1000) > 0)
    writer.write({
      kind: 'transition',
      transition: {
        ...transition,
        seq: 2,
        state: outcome === 9 ? 'cancelled' : 'resolved',
        at_ms: atMs + 60_000,
      },
    });
  if (outcome === 0)
    writer.write({
      kind: 'verdict',
      fingerprint,
      episode: 1,
      verdict: index % 3 === 0 ? 'noise' : 'useful',
      by: 'ada',
      atMs,
    });
}
