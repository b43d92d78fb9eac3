import { describe, expect, it } from 'vitest';
import { compileRules } from '../rules/compile.ts';
import type { ObservationRow } from '../stream/events/observation.ts';
import { createJudgeStage } from './judge.ts';
import {
  feed,
  feedWithRestarts,
  retransmitRow,
  SignalScript,
  startMs,
  transitionsIn,
} from './testing/signal-script.ts';

const hourMs = 3_600_000;
const rule = (more = ''): string => `groups:
  - name: g
    rules:
      - alert: NewDestination
        id: new-destination
        signal: net.destinations
        where: ['workload matches "netns/.*"']
        by: [namespace, workload]
        measure: contacts
        over: [10s]
        baseline: { method: seen, of: [peer, service_port], learn: 1h, forget: 30d }
        when: [baseline.score > 1]
        levels: { notice: {} }
        expire_after: 1h
        ${more}
`;

const createJudge = () => createJudgeStage({ compile: compileRules });
const traffic: ObservationRow = retransmitRow({ data_segments: 20 });
const contact: ObservationRow = {
  signal: 'net.destinations',
  role: 'client',
  service_port: 443,
  peer: { kind: 'external', name: 'example.com', ip: '203.0.113.9' },
  fields: { contacts: 1, bytes_sent: 100, bytes_received: 100 },
};

/** A workload that talks within the cluster from the first minute on, and goes outside after so long. */
function played(outsideAtMs: number, { workload = 'netns/payments', more = '' } = {}) {
  const script = new SignalScript();
  script.rules([{ path: 'r.yaml', text: rule(more) }], startMs);
  const source = { node: 'n1', workload };
  for (let atMs = 60_000; atMs < outsideAtMs; atMs += 60_000) script.flush(source, [traffic], startMs + atMs);
  script.flush(source, [contact], startMs + outsideAtMs);
  return script.records;
}
const told = (records: Parameters<typeof feed>[1]) =>
  transitionsIn(feed(createJudge(), records)).filter(({ state }) => state === 'firing');

describe('a baseline of what a workload does', () => {
  it('learns from when the workload is met: the first that goes outside after hours is news', () => {
    const [alert] = told(played(2 * hourMs));
    expect(alert).toMatchObject({ at_ms: startMs + 2 * hourMs, baseline: { learned: true, samples: 1 } });
  });

  it('believes a workload that is new itself', () => {
    expect(told(played(30 * 60_000))).toEqual([]);
  });

  it('has nothing of workloads that its rule leaves out', () => {
    const judge = createJudge();
    feed(judge, played(2 * hourMs, { workload: 'session/ann' }));
    expect(judge.stats().keys).toBe(0);
  });

  it('has no more of them than the rule may have keys', () => {
    const script = new SignalScript();
    script.rules([{ path: 'r.yaml', text: rule('max_keys: 10') }], startMs);
    for (let n = 0; n < 30; n++)
      script.flush({ node: 'n1', workload: `netns/w${n}` }, [traffic], startMs + 1_000 + n);
    const judge = createJudge();
    feed(judge, script.records);
    expect(judge.stats()).toMatchObject({ keys: 10, overflow: {} });
  });

  it('is the same after a restart at any point, and does not write a workload down each time that it is met', () => {
    const records = played(2 * hourMs);
    const cuts = records.map((_record, index) => index);
    expect(transitionsIn(feedWithRestarts(createJudge, records, cuts))).toEqual(
      transitionsIn(feed(createJudge(), records)),
    );
    const judge = createJudge();
    const written = records.filter((record) => {
      judge.process(record);
      return [...judge.drainState()].some(({ key }) => key.includes('netns/payments'));
    });
    // Of 120 batches those that are ten minutes apart, and the contact.
    expect(written).toHaveLength(13);
  });
});
