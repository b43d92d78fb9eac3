import { describe, expect, it } from 'vitest';
import { compileRules } from '../../rules/compile.ts';
import { transitionSchema, type Transition } from '../../stream/events/transition.ts';
import { explain } from '../explain.ts';
import { createJudgeStage, type JudgeStage } from '../judge.ts';
import { feed, retransmitRow, SignalScript, startMs, transitionsIn } from '../testing/signal-script.ts';

const path = 'limited.yaml';
/** Fires as notice above 1 % and as page above 20 %, and is clear 5 s later. */
function ruleText(more: string): string {
  return `groups:
  - name: g
    rules:
      - alert: Loss
        id: loss
        signal: tcp.retransmits
        by: [namespace, workload, peer]
        measure: retransmit_ratio
        over: [1s]
        when: [measure > 1%]
        levels: { notice: {}, page: { when: [measure > 20%] } }
        clear: { when: [measure < 1%], for: 5s }
        labels: { team: '{{ namespace }}', who: '{{ workload }}', to: '{{ peer }}' }
        annotations: { summary: '{{ workload }} to {{ peer }}', next: look }
        actions: { firing: [{ capture: {} }] }
        ${more}
`;
}

const peer = (n: number) => ({ kind: 'workload', name: `netns/p${n}`, ip: `198.51.100.${n}` }) as const;
const client = { node: 'n1', workload: 'netns/checkout' };

/** One flush with so much loss, in percent, to each of the peers. */
function lose(
  script: SignalScript,
  s: number,
  percentByPeer: Readonly<Record<number, number>>,
  source = client,
): void {
  const rows = Object.entries(percentByPeer).map(([n, percent]) =>
    retransmitRow({ data_segments: 100, retransmits: percent }, { peer: peer(Number(n)) }),
  );
  script.flush(source, rows, startMs + s * 1_000);
  script.tick(startMs + s * 1_000 + 50);
}

function start(more = 'limit: 2', judge: JudgeStage = createJudgeStage({ compile: compileRules })) {
  const script = new SignalScript();
  script.rules([{ path, text: ruleText(more) }]);
  const play = (): Transition[] => transitionsIn(feed(judge, script.records.splice(0)));
  return { script, judge, play };
}

const line = ({ at_ms: atMs, state, level, update, key, counted }: Transition): string =>
  [
    Math.round((atMs - startMs) / 1_000),
    key['peer']?.replace('netns/', ''),
    update ? 'update' : state,
    level ?? '',
    counted
      ? `${counted.count}: ${counted.worst.map(({ key: of }) => of['peer']?.replace('netns/', '')).join(' ')}`
      : '',
  ]
    .join(' ')
    .trimEnd();

describe('a rule with a limit', () => {
  it('lets the worst fire, and counts the rest in one more, named by the next worst', () => {
    const { script, judge, play } = start();
    lose(script, 1, { 1: 5, 2: 8, 3: 30, 4: 9, 5: 2 });
    const told = play();
    expect(told.map(line)).toEqual([
      '1 p3 firing page',
      '1 p4 firing notice',
      '1 __other__ firing notice 3: p2 p1 p5',
    ]);
    expect(judge.stats().limited).toEqual({ loss: 3 });
  });

  it('sends one alert more than its limit, however many keys are bad', () => {
    const { script, play } = start('limit: 10');
    for (let s = 1; s <= 20; s++)
      lose(script, s, Object.fromEntries(Array.from({ length: 200 }, (_, n) => [n, 5])));
    const fired = play().filter(({ update }) => !update);
    expect(new Set(fired.map(({ fingerprint }) => fingerprint)).size).toBe(11);
    expect(fired.at(-1)?.counted).toMatchObject({ count: 190, most: 190, limit: 10 });
  });

  it('gives nobody’s place away while its alert lasts, and a free one to the worst that is still bad', () => {
    const { script, play } = start();
    lose(script, 1, { 1: 5, 2: 5 });
    lose(script, 2, { 1: 5, 2: 5, 3: 30, 4: 9 });
    for (let s = 3; s <= 9; s++) lose(script, s, { 1: 0, 2: 5, 3: 0, 4: 9 });
    expect(
      play()
        .filter(({ update }) => !update)
        .map(line),
    ).toEqual([
      '1 p1 firing notice',
      '1 p2 firing notice',
      '2 __other__ firing page 2: p3 p4',
      '7 p1 resolved notice',
      '7 p4 firing notice',
      '7 __other__ resolved page 0:',
    ]);
  });

  it('ends as it began: nobody is moved up just to be clear at once', () => {
    const { script, play } = start('limit: 1');
    lose(script, 1, { 1: 30, 2: 9, 3: 5 });
    for (let s = 2; s <= 9; s++) lose(script, s, { 1: 0, 2: 0, 3: 0 });
    const ends = play().filter(({ state }) => state === 'resolved');
    expect(ends.map(line)).toEqual(['6 p1 resolved page', '6 __other__ resolved notice 0:']);
    expect(ends.at(-1)).toMatchObject({ reason: 'none is counted any more, at most 2 were', value: null });
  });

  it('says what they share, and nothing that is of one of them alone', () => {
    const { script, play } = start('limit: 1');
    lose(script, 1, { 1: 30, 2: 9 });
    lose(script, 2, { 1: 30, 2: 9, 3: 7 }, { node: 'n2', workload: 'netns/cart' });
    const told = play().filter(({ counted }) => counted);
    const [first] = told;
    expect(transitionSchema.parse(first)).toEqual(first);
    expect(first).toMatchObject({
      subject: { cluster: 'c1', node: 'n1', namespace: 'shop', workload: 'netns/checkout' },
      peer: null,
      actions: [],
      labels: { team: 'shop', who: 'netns/checkout', to: '__other__' },
      annotations: {
        next: 'look',
        summary:
          '1 more Loss beside the 1 that are told one by one; the worst: namespace=shop workload=netns/checkout peer=netns/p2: 9 %',
      },
    });
    const explained = explain(first ? [first] : []);
    expect(explained).toContain('1 further alert of this rule is counted here, the 1 that');
    expect(explained).toContain('\n    namespace=shop workload=netns/checkout peer=netns/p2: 9 %');
    expect(told.at(-1)?.subject).toMatchObject({
      node: '__other__',
      namespace: 'shop',
      workload: '__other__',
    });
  });

  it('tells what was told as pending that it is counted, and that it is over', () => {
    const { script, play } = start('limit: 1\n        for: 2s');
    for (let s = 1; s <= 3; s++) lose(script, s, { 1: 9, 2: 5 });
    for (let s = 4; s <= 10; s++) lose(script, s, { 1: 9, 2: 0 });
    const told = play().filter(({ key }) => key['peer'] === 'netns/p2');
    expect(told.map(line)).toEqual(['1 p2 pending', '3 p2 update', '8 p2 cancelled']);
    expect(told[1]?.reason).toMatch(/counted under __other__: 1 alerts of this rule fire, its limit/);
    expect(told[2]?.reason).toMatch(/counted under __other__ since 2026-11-21T08:00:03/);
  });

  it('leaves no gap in the numbers of episodes that were told', () => {
    const { script, play } = start('limit: 1');
    lose(script, 1, { 1: 9, 2: 5 });
    for (let s = 2; s <= 8; s++) lose(script, s, { 1: 9, 2: 0 });
    for (let s = 9; s <= 15; s++) lose(script, s, { 1: 0, 2: 0 });
    lose(script, 16, { 2: 5 });
    const told = play().filter(({ key, update }) => key['peer'] === 'netns/p2' && !update);
    expect(told.map(({ episode, seq, state }) => ({ episode, seq, state }))).toEqual([
      { episode: 1, seq: 1, state: 'firing' },
    ]);
  });

  it('is told apart where several judges share the keys of the rule', () => {
    const fingerprints = [undefined, 0, 1].map((partition) => {
      const { script, play } = start('limit: 1', createJudgeStage({ compile: compileRules, partition }));
      lose(script, 1, { 1: 9, 2: 5 });
      return play().at(-1)?.fingerprint;
    });
    expect(new Set(fingerprints).size).toBe(3);
  });
});

describe('a limit that changes', () => {
  const change = (script: SignalScript, more: string, s: number) =>
    script.rules([{ path, text: ruleText(more) }], startMs + s * 1_000 + 500);

  it('gives the new places away at once, or all when it is gone', () => {
    const { script, play } = start('limit: 1');
    lose(script, 1, { 1: 9, 2: 8, 3: 7, 4: 6 });
    play();
    change(script, 'limit: 2', 1);
    expect(play().map(line)).toEqual(['2 p2 firing notice']);
    change(script, '', 1);
    expect(play().map(line)).toEqual([
      '2 p3 firing notice',
      '2 p4 firing notice',
      '2 __other__ resolved notice 0:',
    ]);
  });

  it('takes no place from an alert that fires when it gets smaller', () => {
    const { script, play } = start('limit: 3');
    lose(script, 1, { 1: 9, 2: 8, 3: 7 });
    play();
    change(script, 'limit: 1', 1);
    lose(script, 2, { 1: 9, 2: 8, 3: 7, 4: 6 });
    expect(play().map(line)).toEqual(['2 __other__ firing notice 1: p4']);
  });

  it('ends with its rule', () => {
    const { script, judge, play } = start('limit: 1');
    lose(script, 1, { 1: 9, 2: 8 });
    play();
    script.rules([], startMs + 2_000);
    expect(play().map(line).toSorted()).toEqual(['2 __other__ expired notice 1: p2', '2 p1 expired notice']);
    expect(judge.stats()).toMatchObject({ keys: 0, alerts: 0 });
  });
});
