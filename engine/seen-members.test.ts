import { describe, expect, it } from 'vitest';
import { compileRules } from '../rules/compile.ts';
import { formatFault } from '../rules/parse/faults.ts';
import { runRuleTests } from '../rules/rule-tests/run-rule-tests.ts';
import { explain } from './explain.ts';
import { createJudgeStage } from './judge.ts';
import {
  feed,
  retransmitRow,
  seededRandom,
  SignalScript,
  startMs,
  storeChanges,
  transitionsIn,
} from './testing/signal-script.ts';

const rule = (more = '') => `groups:
  - name: g
    rules:
      - alert: NewPeer
        id: new-peer
        signal: tcp.retransmits
        by: [namespace, workload]
        measure: syn_retransmits
        over: [10s]
        baseline: { method: seen, of: [peer, service_port], learn: 1m${more} }
        when: [baseline.score > 1]
        levels: { notice: {} }
        keep_firing_for: 30s
        expire_after: 1h
        annotations: { summary: '{{ workload }} → {{ peer }}:{{ service_port }} ({{ new_members }} new)' }
`;

const createJudge = () => createJudgeStage({ compile: compileRules });

const stories = `tests:
  - name: what comes while it learns is known, what comes later speaks once
    until: 5m
    input:
      - { signal: tcp.retransmits, peer: { name: old.example }, series: { data_segments: '5x30 _x60 5x100' } }
      - { signal: tcp.retransmits, peer: { name: new.example }, series: { data_segments: '_x119 5 _x60 5x20' } }
    expect:
      - at: 2m
        state: firing
        level: notice
        annotations: { summary: 'netns/client → new.example:80 (1 new)' }
      - { between: [149s, 165s], state: resolved }

  - name: the port is part of the member
    input:
      - { signal: tcp.retransmits, series: { data_segments: '5x89' } }
      - { signal: tcp.retransmits, service_port: 8443, series: { data_segments: '_x80 5x2' } }
    expect:
      - { at: 81s, state: firing, level: notice }

  - name: several at once are one alert
    input:
      - { signal: tcp.retransmits, series: { data_segments: '5x80' } }
      - { signal: tcp.retransmits, peer: { name: a.example }, series: { data_segments: '_x70 5' } }
      - { signal: tcp.retransmits, peer: { name: b.example }, series: { data_segments: '_x72 5' } }
    expect:
      - { at: 71s, state: firing, level: notice }

  - name: every workload learns for itself
    input:
      - { signal: tcp.retransmits, series: { data_segments: '5x80' } }
      - { signal: tcp.retransmits, subject: { workload: netns/other }, series: { data_segments: '_x70 5x9' } }
    expect: []
`;

describe('a rule about what was never seen', () => {
  it('tells its stories', () => {
    const report = runRuleTests(
      { path: 't.yaml', text: stories },
      { createJudge, readRules: (paths) => paths.map((path) => ({ path, text: rule() })) },
    );
    if ('faults' in report) expect(report.faults.map(formatFault)).toEqual([]);
    else
      expect(report.results.flatMap(({ name, failures }) => failures.map((f) => `${name}: ${f}`))).toEqual(
        [],
      );
  });

  it('names the new ones in the evidence and in the explanation', () => {
    const script = scriptOf(rule());
    contact(script, 1, 'old.example');
    contact(script, 70, 'a.example');
    contact(script, 75, 'b.example');
    contact(script, 90, 'old.example');
    const transitions = transitionsIn(feed(createJudge(), script.records));
    expect(transitions[0]?.evidence?.destinations).toEqual([
      { name: 'a.example', ip: '203.0.113.9', service_port: 443 },
    ]);
    expect(transitions[0]?.baseline).toMatchObject({ method: 'seen', score: 2, samples: 2, learned: true });
    expect(explain(transitions)).toContain('held      new         new: a.example:443');
  });

  it('adds what comes later to the evidence of the same alert', () => {
    const script = scriptOf(rule());
    contact(script, 1, 'old.example');
    for (let s = 70; s < 170; s += 8) contact(script, s, `n${s}.example`);
    const transitions = transitionsIn(feed(createJudge(), script.records));
    expect(new Set(transitions.map(({ episode }) => episode))).toEqual(new Set([1]));
    const last = transitions.at(-1);
    expect(last?.update).toBe(true);
    expect(last?.evidence?.destinations?.map(({ name }) => name)).toContain('n78.example');
  });

  it('speaks again of what it has forgotten', () => {
    const script = scriptOf(rule(', forget: 1h'));
    contact(script, 1, 'rare.example');
    for (let s = 60; s < 3 * 3_600; s += 600) contact(script, s, 'old.example');
    contact(script, 3 * 3_600, 'rare.example');
    expect(transitionsIn(feed(createJudge(), script.records)).map(({ at_ms }) => at_ms)).toEqual([
      startMs + 3 * 3_600_000,
    ]);
  });

  it('knows no more than it may, and counts what it had to forget', () => {
    const script = scriptOf(rule(', max_members: 100'));
    for (let hour = 0; hour < 2; hour++) contact(script, hour * 3_600 + 1, 'persistent.example');
    for (let i = 0; i < 300; i++) contact(script, 3_700 + i, `n${i}.example`);
    const judge = createJudge();
    feed(judge, script.records);
    expect(judge.stats().evictedMembers).toBeGreaterThanOrEqual(200);
    script.records.length = 0;
    contact(script, 4_100, 'persistent.example');
    expect(transitionsIn(feed(judge, script.records)).map(({ state }) => state)).toEqual(['resolved']);
  });

  it('is the same after a restart at any point, and one new member rewrites one chunk', () => {
    const script = scriptOf(rule(', max_members: 200'));
    const random = seededRandom(11);
    for (let i = 0; i < 600; i++) contact(script, 1 + i * 20, `n${Math.floor(random() ** 3 * 400)}.example`);
    const undisturbed = transitionsIn(feed(createJudge(), script.records));
    expect(undisturbed.length).toBeGreaterThan(10);
    const store = new Map<string, Uint8Array>();
    const largest: number[] = [];
    let judge = createJudge();
    const restarted = script.records.flatMap((record, index) => {
      if (index % 29 === 28) {
        judge = createJudge();
        judge.restore(store);
      }
      const outputs = judge.process(record);
      const changes = [...judge.drainState()];
      largest.push(Math.max(0, ...changes.map(({ value }) => value?.length ?? 0)));
      storeChanges(store, changes);
      return outputs;
    });
    expect(transitionsIn(restarted)).toEqual(undisturbed);
    expect(Math.max(...largest)).toBeLessThan(5_000);
    expect([...store.keys()].filter((key) => key.startsWith('members/')).length).toBeGreaterThan(2);
  });

  it('takes its members with it when it is gone', () => {
    const script = scriptOf(rule());
    contact(script, 1, 'old.example');
    script.rules([], startMs + 2_000);
    const store = new Map<string, Uint8Array>();
    feed(createJudge(), script.records.slice(0, -1), store);
    expect([...store.keys()].some((key) => key.startsWith('members/'))).toBe(true);
    const judge = createJudge();
    judge.restore(store);
    feed(judge, script.records.slice(-1), store);
    expect([...store.keys()].some((key) => key.startsWith('members/'))).toBe(false);
  });
});

function scriptOf(text: string): SignalScript {
  const script = new SignalScript();
  script.rules([{ path: 'r.yaml', text }]);
  return script;
}

function contact(script: SignalScript, second: number, name: string): void {
  const peer = { kind: 'external', name, ip: '203.0.113.9' } as const;
  const row = retransmitRow({ data_segments: 5, syn_retransmits: 0 }, { peer, service_port: 443 });
  script.flush({ node: 'n1', workload: 'netns/checkout' }, [row], startMs + second * 1_000);
  script.tick(startMs + second * 1_000 + 500);
}
