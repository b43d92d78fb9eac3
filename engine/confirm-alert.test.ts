import { describe, expect, it } from 'vitest';
import { compileRules } from '../rules/compile.ts';
import type { Fact } from '../rules/compiled-rule.ts';
import { runRuleTests } from '../rules/rule-tests/run-rule-tests.ts';
import type { Transition } from '../stream/events/transition.ts';
import type { Output } from '../stream/port.ts';
import { confirmAlert, type FactProvider } from './confirm-alert.ts';
import { createConfirmStage } from './confirm-stage.ts';
import { createJudgeStage } from './judge.ts';
import { feed, retransmitRow, SignalScript, startMs, transitionsIn } from './testing/signal-script.ts';
import { alertConfirmedType, type AlertConfirmed } from '../stream/events/confirmation.ts';

const ruleWith = (confirm: string) => `groups:
  - name: g
    rules:
      - alert: Stalled
        id: stalled
        signal: tcp.retransmits
        by: [workload]
        measure: stalled_sockets
        over: [1s]
        when: [measure >= 1]
        confirm: ${confirm}
        levels: { notice: {}, page: { when: [measure >= 5] } }
`;
const newJudge = () => createJudgeStage({ compile: compileRules });

function asking(confirm: string): { readonly script: SignalScript; readonly asked: Transition } {
  const script = new SignalScript();
  script.rules([{ path: 'r.yaml', text: ruleWith(confirm) }]);
  row(script, 1, 2);
  const [asked] = transitionsIn(feed(newJudge(), script.records));
  if (!asked) throw new Error('the rule has not asked');
  return { script, asked };
}

function row(script: SignalScript, second: number, stalled: number): void {
  const atMs = startMs + second * 1_000;
  script.flush(
    { node: 'n1', workload: 'netns/checkout' },
    [retransmitRow({ stalled_sockets: stalled })],
    atMs,
  );
}

function answer(
  script: SignalScript,
  second: number,
  asked: Transition,
  data: Partial<AlertConfirmed>,
): void {
  const { fingerprint, episode } = asked;
  const told = { fingerprint, episode, confirmed: true, reason: 'because', ...data };
  script.control(alertConfirmedType, told, startMs + second * 1_000);
}

const told = (script: SignalScript) =>
  transitionsIn(feed(newJudge(), script.records)).map(
    ({ at_ms, state, level, reason }) => `${(at_ms - startMs) / 1_000} ${state} ${level}: ${reason}`,
  );

describe('a rule with confirm', () => {
  it('asks when it would fire, and waits as pending', () => {
    const { asked } = asking('[node.cordoned == false]');
    expect(asked).toMatchObject({
      state: 'pending',
      confirm: { all: [{ fact: 'node.cordoned', operator: 'equal', value: false }] },
      reason: 'notice is due; asked: node.cordoned == false',
    });
  });

  it('fires when it is confirmed, and does not ask again in the same episode', () => {
    const { script, asked } = asking('[node.cordoned == false]');
    answer(script, 1.2, asked, {});
    row(script, 2, 9);
    expect(told(script)).toEqual([
      '1 pending null: notice is due; asked: node.cordoned == false',
      '1.2 firing notice: notice, confirmed: because',
      '2 firing page: page at once (measure >= 5), escalated from notice',
    ]);
  });

  it('is held back for the episode when it is not', () => {
    const { script, asked } = asking('[node.cordoned == false]');
    answer(script, 1.2, asked, { confirmed: false });
    row(script, 2, 9);
    row(script, 4, 0);
    row(script, 6, 2);
    expect(told(script)).toEqual([
      '1 pending null: notice is due; asked: node.cordoned == false',
      '1.2 pending null: held back: because',
      '4 cancelled null: the condition did not hold for long enough',
      '6 pending null: notice is due; asked: node.cordoned == false',
    ]);
  });

  it('is asked again a minute later, and fires if the trouble has outlasted what held it back', () => {
    const { script, asked } = asking('[node.cordoned == false]');
    answer(script, 1.2, asked, { confirmed: false });
    for (const second of [30, 60, 62]) row(script, second, 9);
    answer(script, 62.2, asked, {});
    expect(told(script).slice(1)).toEqual([
      '1.2 pending null: held back: because',
      '62 pending null: page is due; asked: node.cordoned == false',
      '62.2 firing page: page, confirmed: because',
    ]);
  });

  it('fires when it cannot be told, and when nobody answers', () => {
    const { script, asked } = asking('[node.cordoned == false]');
    const silent = [...script.records];
    answer(script, 1.2, asked, { confirmed: null, reason: 'no provider' });
    expect(told(script)[1]).toBe('1.2 firing notice: notice, could not be confirmed: no provider');
    script.records.splice(0, Infinity, ...silent);
    script.tick(startMs + 9_000);
    script.tick(startMs + 11_000);
    expect(told(script)[1]).toBe('11 firing notice: notice, could not be confirmed: no answer within 10 s');
  });

  it('waits, takes its answer and stays held back over a restart at any point', () => {
    const { script, asked } = asking('[node.cordoned == false]');
    answer(script, 1.2, asked, { confirmed: false });
    row(script, 2, 9);
    row(script, 4, 0);
    row(script, 6, 2);
    script.tick(startMs + 17_000);
    const store = new Map<string, Uint8Array>();
    const restarted = script.records.flatMap((record) => {
      const judge = newJudge();
      judge.restore(store);
      return feed(judge, [record], store);
    });
    const undisturbed = transitionsIn(feed(newJudge(), script.records));
    expect(transitionsIn(restarted)).toEqual(undisturbed);
    expect(undisturbed.at(-1)).toMatchObject({ state: 'firing', episode: 2 });
  });

  it('takes no answer to another episode', () => {
    const { script, asked } = asking('[node.cordoned == false]');
    answer(script, 1.2, { ...asked, episode: 7 }, {});
    expect(told(script)).toHaveLength(1);
  });
});

describe('a rule test', () => {
  it.each([
    ['confirmed', ['pending', 'firing', 'resolved']],
    ['held', ['pending', 'cancelled']],
    ['unknown', ['pending', 'firing', 'resolved']],
  ])('answers %s at once', (confirm, states) => {
    const text = `tests:
  - name: story
    confirm: ${confirm}
    input: [{ signal: tcp.retransmits, series: { stalled_sockets: '0 2 2 0x5' } }]
    expect: []
`;
    const readRules = () => [{ path: 'r.yaml', text: ruleWith('[node.cordoned == false]') }];
    const report = runRuleTests({ path: 't.yaml', text }, { createJudge: newJudge, readRules });
    const transitions = 'results' in report ? report.results.flatMap((result) => result.transitions) : [];
    expect(transitions.filter(({ update }) => !update).map(({ state }) => state)).toEqual(states);
  });
});

function provider(facts: Readonly<Record<string, () => Promise<Fact>>>, name = 'node'): FactProvider {
  return { name, fact: async (fact) => facts[fact]?.() };
}
const is = (value: Fact) => () => Promise.resolve(value);

describe('confirmAlert', () => {
  const ask = (confirm: string, providers: readonly FactProvider[], timeoutMs = 1_000) => {
    const { asked } = asking(confirm);
    return confirmAlert(asked.confirm as never, asked, { providers, timeoutMs });
  };

  it('knows the facts of the alert itself and asks providers for others, each once', async () => {
    let questions = 0;
    const counting = provider({
      'node.cordoned': () => {
        questions += 1;
        return Promise.resolve(false);
      },
    });
    const confirm =
      '[node.cordoned == false, { not: node.cordoned == true }, peer starts with netns/, measure >= 2]';
    expect(await ask(confirm, [counting])).toMatchObject({ confirmed: true });
    expect(questions).toBe(1);
  });

  it('says no with its reason', async () =>
    expect(await ask('[node.cordoned == false]', [provider({ 'node.cordoned': is(true) })])).toEqual({
      confirmed: false,
      reason: 'node.cordoned == false; node.cordoned is true',
    }));

  it.each<[string, readonly FactProvider[], RegExp]>([
    ['nobody knows', [], /node\.cordoned: not known/],
    ['its provider does not know', [provider({})], /node\.cordoned: not known/],
    [
      'its provider fails',
      [provider({ 'node.cordoned': () => Promise.reject(new Error('connection refused')) })],
      /node\.cordoned: connection refused/,
    ],
    [
      'its provider does not answer',
      [provider({ 'node.cordoned': () => new Promise(() => undefined) })],
      /node\.cordoned: no answer in time/,
    ],
  ])('cannot tell when %s, also for what the library lets hold', async (_why, providers, reason) => {
    for (const confirm of [
      '[node.cordoned == false]',
      '[node.cordoned != true]',
      '{ not: node.cordoned == true }',
    ])
      expect(await ask(confirm, providers, 50)).toEqual({
        confirmed: null,
        reason: expect.stringMatching(reason) as string,
      });
  });

  it('tells in spite of an unknown fact where the others decide', async () => {
    const providers = [provider({ 'node.cordoned': is(true) })];
    expect(await ask('[node.cordoned == false, rollout.age > 5m]', providers)).toMatchObject({
      confirmed: false,
    });
    expect(await ask('{ any: [node.cordoned == true, rollout.age > 5m] }', providers)).toMatchObject({
      confirmed: true,
    });
  });
});

describe('the confirm stage', () => {
  it('asks after the commit and puts the answer where the judge reads it', async () => {
    const { script, asked } = asking('[node.cordoned == false]');
    const appended: Output[] = [];
    const outcomes: string[] = [];
    const failures: unknown[] = [];
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const stage = createConfirmStage({
      providers: [provider({ 'node.cordoned': is(true) })],
      producer: {
        append: (topic, events) => {
          appended.push(...events.map((event) => ({ topic, event })));
          return Promise.resolve();
        },
      },
      nowMs: () => startMs + 1_500,
      onAnswered: (outcome) => {
        outcomes.push(outcome);
        resolve(undefined);
      },
      onAppendFailure: (error) => failures.push(error),
    });
    feed(stage, alertsOf(script));
    expect(appended).toEqual([]);
    stage.committed?.();
    await promise;
    expect([outcomes, failures, appended.map(({ topic }) => topic)]).toEqual([['held'], [], ['signals']]);
    for (const { event } of appended) script.append(event, startMs + 1_500);
    expect(told(script)[1]).toBe(
      '1.5 pending null: held back: node.cordoned == false; node.cordoned is true',
    );
    expect(appended[0]?.event.partitionkey).toBe(`c1/${asked.subject.namespace}/${asked.subject.workload}`);
  });
});

function alertsOf(script: SignalScript) {
  return feed(newJudge(), script.records).map(({ event }, index) => ({
    topic: 'alerts' as const,
    partition: 0,
    offset: index + 1,
    appendedAtMs: Date.parse(event.time),
    event,
  }));
}
