import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { compileRules } from '../rules/compile.ts';
import { baselineAcceptedType } from '../stream/events/control.ts';
import { createJudgeStage, type JudgeStage } from './judge.ts';
import { feed, retransmitRow, SignalScript, startMs, transitionsIn } from './testing/signal-script.ts';

const path = 'rules/catalog/tcp-retransmit-spike/rule.yaml';
const text = readFileSync(path, 'utf8');
const files = [{ path, text }];
const checkout = { node: 'n1', workload: 'netns/checkout' };

const newJudge = (): JudgeStage => createJudgeStage({ compile: compileRules });

interface Traffic {
  readonly data_segments: number;
  readonly retransmits?: number;
  readonly stalled_sockets?: number;
}

/** A second-long flush and its four ticks for every second from `fromS` on. */
function flow(
  script: SignalScript,
  fromS: number,
  seconds: number,
  traffic: Traffic | undefined,
  source = checkout,
) {
  for (let s = fromS; s < fromS + seconds; s++) {
    const atMs = startMs + (s + 1) * 1_000;
    const fields = { retransmits: 0, stalled_sockets: 0, syn_retransmits: 0, ...traffic };
    if (traffic) script.flush(source, [retransmitRow(fields)], atMs);
    for (let quarter = 1; quarter <= 4; quarter++) script.tick(atMs + quarter * 250 - 5);
  }
}

/** `12 firing page`: seconds since the start, state, level. */
function told(judge: JudgeStage, script: SignalScript): string[] {
  return transitionsIn(feed(judge, script.records)).map(
    (t) => `${Math.round((t.at_ms - startMs) / 1_000)} ${t.update ? 'update' : t.state} ${t.level}`,
  );
}

function learned(seconds = 60, traffic: Traffic = { data_segments: 200 }): SignalScript {
  const script = new SignalScript();
  script.rules(files, startMs, 20_000);
  flow(script, 0, seconds, traffic);
  return script;
}

describe('the judge', () => {
  it('fires at once on a spike, with figures, evidence of its reason and the packets to fetch', () => {
    const script = learned();
    flow(script, 60, 1, { data_segments: 200, retransmits: 12 });
    const [transition] = transitionsIn(feed(newJudge(), script.records));
    expect(transition).toMatchObject({
      rule_id: 'tcp-retransmit-spike',
      episode: 1,
      seq: 1,
      state: 'firing',
      level: 'page',
      previous: null,
      at_ms: startMs + 61_000,
      key: { namespace: 'shop', workload: 'netns/checkout', peer: 'netns/payments', service_port: '8080' },
      value: 0.06,
      window_ms: 1_000,
      fields: { data_segments: 200, retransmits: 12 },
      labels: { team: 'shop' },
      actions: [{ capture: { before_ms: 10_000 } }],
    });
    expect(transition?.baseline?.guards.every((guard) => guard.held)).toBe(true);
    expect(transition?.baseline?.why).toMatch(
      /^12 of 200 in 1 s \(6 %\); normally 0\.00\d+ %, up to 0\.0\d+ % \(learned from/,
    );
  });

  it('resolves when the last half minute as a whole was normal, not before', () => {
    const script = learned();
    flow(script, 60, 5, { data_segments: 200, retransmits: 12 });
    flow(script, 65, 60, { data_segments: 200 });
    const transitions = told(newJudge(), script);
    expect(transitions[0]).toBe('61 firing page');
    const resolved = Number(transitions.at(-1)?.split(' ')[0]);
    expect(transitions.at(-1)).toContain('resolved');
    expect(resolved).toBeGreaterThanOrEqual(65 + 30);
    expect(resolved).toBeLessThanOrEqual(65 + 45);
  });

  it('does not fire again over what is over, whatever the moment at which it ended', () => {
    const script = learned();
    // Told between two windows, as candidates are: the end falls on a tick before the row that would have passed it.
    script.flush(checkout, [retransmitRow({ data_segments: 160, retransmits: 80 })], startMs + 60_600);
    flow(script, 61, 40, { data_segments: 200 });
    flow(script, 101, 1, { data_segments: 200, retransmits: 1 });
    flow(script, 102, 20, { data_segments: 200 });
    expect(told(newJudge(), script).filter((line) => !line.includes('update'))).toEqual([
      '61 firing page',
      '91 resolved page',
    ]);
  });

  it('tells a second spike as a new episode, and that it flaps when it goes on', () => {
    const script = learned();
    for (let spike = 0; spike < 4; spike++) {
      flow(script, 60 + spike * 100, 3, { data_segments: 200, retransmits: 12 });
      flow(script, 63 + spike * 100, 97, { data_segments: 200 });
    }
    const transitions = transitionsIn(feed(newJudge(), script.records));
    const fired = transitions.filter((t) => t.state === 'firing' && !t.update);
    expect(fired.map((t) => t.episode)).toEqual([1, 2, 3, 4]);
    expect(fired.map((t) => 'flapping' in t.annotations)).toEqual([false, false, false, true]);
    const times = transitions
      .filter((t) => t.state === 'resolved')
      .map((t) => (t.at_ms - (t.fired_at_ms ?? 0)) / 1_000);
    expect(times.at(-1)).toBeGreaterThan((times[0] ?? 0) + 25);
  });

  it('keeps firing through a total outage, by stalled sockets and by the unknown, until the peer answers', () => {
    const script = learned();
    flow(script, 60, 2, { data_segments: 40, retransmits: 20, stalled_sockets: 0 });
    flow(script, 62, 60, { data_segments: 0, retransmits: 0, stalled_sockets: 5 });
    flow(script, 122, 200, undefined);
    expect(told(newJudge(), script).filter((line) => !line.includes('update'))).toEqual(['61 firing page']);
    flow(script, 322, 60, { data_segments: 200 });
    expect(told(newJudge(), script).at(-1)).toMatch(/^35\d resolved page$/);
  });

  it('pages on stalled sockets alone, where no ratio is left', () => {
    const script = learned();
    flow(script, 60, 1, { data_segments: 0, retransmits: 0, stalled_sockets: 3 });
    expect(told(newJudge(), script)).toEqual(['61 firing page']);
  });

  it('calls an alert without data expired, not resolved', () => {
    const script = learned();
    flow(script, 60, 2, { data_segments: 200, retransmits: 20 });
    for (let s = 70; s < 1_400; s += 10) script.tick(startMs + s * 1_000);
    expect(told(newJudge(), script).at(-1)).toBe('1270 expired page');
  });

  it('says nothing of a steady 2 % link at 2.5 %, and speaks at 10 %', () => {
    const script = learned(120, { data_segments: 500, retransmits: 10 });
    flow(script, 120, 60, { data_segments: 480, retransmits: 12 });
    expect(told(newJudge(), script)).toEqual([]);
    flow(script, 180, 1, { data_segments: 500, retransmits: 50 });
    const [transition] = transitionsIn(feed(newJudge(), script.records));
    expect(transition?.baseline?.why).toMatch(/^50 of 500 in 1 s \(10 %\); normally 2(\.\d)? %/);
  });

  it('speaks of a clean link at 2 %', () => {
    const script = learned();
    flow(script, 60, 5, { data_segments: 200, retransmits: 4 });
    const [transition] = transitionsIn(feed(newJudge(), script.records));
    expect(transition).toMatchObject({ state: 'firing', level: 'notice' });
    expect(transition?.baseline?.why).toMatch(/\(2 %\); normally 0\.00/);
  });

  it('learns nothing from what it fires about', () => {
    const script = learned();
    flow(script, 60, 300, { data_segments: 200, retransmits: 4 });
    const transitions = transitionsIn(feed(newJudge(), script.records));
    expect(transitions.every((t) => t.state === 'firing')).toBe(true);
    expect(transitions.at(-1)?.baseline?.upper).toBeLessThan(0.001);
  });

  it('takes as normal what a person accepts', () => {
    const script = learned();
    flow(script, 60, 60, { data_segments: 200, retransmits: 4 });
    const [transition] = transitionsIn(feed(newJudge(), script.records));
    script.control(
      baselineAcceptedType,
      { fingerprint: transition?.fingerprint, by: 'ana' },
      startMs + 120_000,
    );
    flow(script, 120, 120, { data_segments: 200, retransmits: 4 });
    const after = told(newJudge(), script).filter((line) => !line.includes('update'));
    expect(after).toHaveLength(3);
    expect(after.at(-1)).toMatch(/resolved/);
  });

  it('knows a peer that gets its name late: what was learned and the open alert go on', () => {
    const flowTo = (
      script: SignalScript,
      fromS: number,
      seconds: number,
      name: string,
      retransmits: number,
    ) => {
      const peer = { kind: 'external', name, ip: '203.0.113.9' } as const;
      for (let s = fromS; s < fromS + seconds; s++) {
        const atMs = startMs + (s + 1) * 1_000;
        const fields = { data_segments: 200, retransmits, stalled_sockets: 0, syn_retransmits: 0 };
        script.flush(checkout, [retransmitRow(fields, { peer })], atMs);
        for (let quarter = 1; quarter <= 4; quarter++) script.tick(atMs + quarter * 250 - 5);
      }
    };
    const script = new SignalScript();
    script.rules(files, startMs, 20_000);
    flowTo(script, 0, 60, '203.0.113.9', 0);
    flowTo(script, 60, 5, '203.0.113.9', 20);
    flowTo(script, 65, 20, 'api.example.com', 30);
    flowTo(script, 85, 40, 'api.example.com', 0);
    const transitions = transitionsIn(feed(newJudge(), script.records));
    expect(transitions[0]).toMatchObject({ state: 'firing', peer: { name: '203.0.113.9' } });
    expect(new Set(transitions.map(({ fingerprint, episode }) => `${fingerprint}/${episode}`)).size).toBe(1);
    expect(transitions.at(-1)).toMatchObject({
      state: 'resolved',
      key: { peer: 'api.example.com' },
      peer: { name: 'api.example.com' },
      baseline: { learned: true },
    });
  });

  it('judges pods of one workload together, and a batch that comes again once', () => {
    const script = learned();
    const at = startMs + 61_000;
    script.flush(
      { node: 'n1', workload: 'netns/checkout' },
      [retransmitRow({ data_segments: 40, retransmits: 2 })],
      at,
    );
    script.flush(
      { node: 'n2', workload: 'netns/checkout' },
      [retransmitRow({ data_segments: 40, retransmits: 2 })],
      at,
    );
    const judge = newJudge();
    expect(told(judge, script)).toEqual(['61 firing page']);
    const repeated = script.records.at(-1);
    if (repeated) judge.process(repeated);
    expect(judge.stats()).toMatchObject({ repeats: 1, sources: 2 });
  });

  it('does not believe a clock that is far off, and counts it', () => {
    const script = learned(30);
    const wrong = { node: 'n9', workload: 'netns/other', skewMs: 3_600_000 };
    flow(script, 30, 30, { data_segments: 200 }, wrong);
    flow(script, 60, 1, { data_segments: 200, retransmits: 12 }, wrong);
    const judge = newJudge();
    expect(told(judge, script)).toEqual(['66 firing page']);
    expect(judge.stats().clamped).toBe(31);
  });

  it('puts keys beyond the limit together and counts them', () => {
    const script = new SignalScript();
    const limited = text.replace(
      'measure: retransmit_ratio',
      'measure: retransmit_ratio\n        max_keys: 2',
    );
    script.rules([{ path, text: limited }], startMs, 0);
    for (let n = 0; n < 5; n++)
      flow(script, n, 1, { data_segments: 100 }, { node: 'n1', workload: `netns/w${n}` });
    const judge = newJudge();
    feed(judge, script.records);
    expect(judge.stats()).toMatchObject({ keys: 3, overflow: { 'tcp-retransmit-spike': 3 } });
  });
});

describe('rules that change under the judge', () => {
  it('keep their state if they mean the same', () => {
    const script = learned();
    flow(script, 60, 2, { data_segments: 200, retransmits: 12 });
    script.rules(
      [{ path, text: text.replace('min_value: 0.5%', 'min_value: 0.4%') }],
      startMs + 62_500,
      20_000,
    );
    flow(script, 63, 60, { data_segments: 200 });
    expect(told(newJudge(), script).at(-1)).toMatch(/resolved/);
  });

  it('expire their alerts when they are gone', () => {
    const script = learned();
    flow(script, 60, 2, { data_segments: 200, retransmits: 12 });
    script.rules([], startMs + 62_500);
    const judge = newJudge();
    expect(told(judge, script).at(-1)).toBe('63 expired page');
    expect(judge.stats()).toMatchObject({ keys: 0, alerts: 0, rules: 0 });
  });

  it('stay in force when the new ones do not compile', () => {
    const script = learned();
    script.rules(
      [{ path, text: text.replace('signal: tcp.retransmits', 'signal: tcp.retransmit') }],
      startMs + 60_000,
    );
    flow(script, 60, 1, { data_segments: 200, retransmits: 12 });
    const judge = newJudge();
    expect(told(judge, script)).toEqual(['61 firing page']);
    expect(judge.stats()).toMatchObject({ refusedRules: 1, rules: 1 });
  });
});
