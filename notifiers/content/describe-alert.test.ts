import { describe, expect, it } from 'vitest';
import { createView } from '../testing/delivery.ts';
import { createTransition } from '../testing/events.ts';
import { describeBadness, describeOver } from './describe-alert.ts';
import { describeCause } from './describe-cause.ts';
import { describeGroup } from './describe-group.ts';

const dns = { signal: 'dns', measure: 'failure_ratio', window_ms: 1_000 } as const;
const lookups = (outcome: string, count: number) => ({ name: 'api.example.com', type: 'A', outcome, count });

describe('how bad it is', () => {
  it.each([
    [null, { overdue: 12 }, '12 lookups wait for an answer'],
    [0, { overdue: 1 }, '1 lookup waits for an answer'],
    [null, { stalled_sockets: 3 }, '3 sockets gone silent'],
  ])('is told by what has not come to an end where the value is %j', (value, fields, said) => {
    expect(describeBadness(createTransition({ ...dns, value, fields, baseline: null }))).toContain(
      value === null ? said : '0 %',
    );
    const { baseline } = createTransition({});
    if (baseline !== null) expect(describeBadness(createTransition({ ...dns, value, fields }))).toBe(said);
  });

  it('is the value where that is beyond its normal', () => {
    const failing = createTransition({ ...dns, value: 1, fields: { overdue: 12 } });
    expect(describeBadness(failing)).toMatch(/^100 % of lookups failed within 1 s/);
  });
});

describe('the words of the rule', () => {
  const annotations = { summary: 'checkout → payments: 31 % resent' };
  const named = (state: 'firing' | 'resolved') =>
    describeGroup([createView({ transition: createTransition({ state, annotations }) })]).facts.find(
      ({ value }) => value === annotations.summary,
    )?.name;

  it('are of its last news once it is over, and say so: the worst may have been worse', () => {
    expect([named('firing'), named('resolved')]).toEqual(['Rule says', 'Rule said last']);
  });

  it('are left out where they name an older figure of what the message begins with', () => {
    const transition = createTransition({
      value: 0.06,
      annotations: { summary: 'checkout → payments: 31 % of segments resent' },
    });
    expect(describeGroup([createView({ transition })]).facts.map(({ name }) => name)).not.toContain(
      'Rule says',
    );
  });
});

describe('a figure and its time', () => {
  it('stand together, also where the worst is of a shorter time', () => {
    const transition = createTransition({
      value: 0.06,
      window_ms: 10_000,
      worst_value: 0.48,
      worst_window_ms: 200,
    });
    expect(describeBadness(transition)).toMatch(/^6 % of segments resent within 10 s/);
    expect(describeOver(transition)).toMatch(/^at worst 48 % of segments resent within 200 ms, normally/);
    const { facts } = describeGroup([createView({ transition })]);
    expect(facts).toContainEqual({ name: 'Worst', value: '48 % within 200 ms' });
    expect(facts.find(({ name }) => name === 'Likely cause')?.value).toContain(
      '37 of 590 segments resent within 10 s',
    );
  });

  it('is the figure alone in records that do not know its time', () => {
    const { worst_window_ms: _unknown, ...transition } = createTransition();
    expect(describeOver(transition)).toMatch(/^at worst 8 % of segments resent, normally/);
  });
});

describe('an alert whose key names no workload', () => {
  const workloads = ['netns/checkout', 'netns/orders', 'netns/search'];
  const view = createView({
    transition: createTransition({ ...dns, evidence: { sockets: [], workloads } }),
  });

  it('says how many have the trouble, and who', () => {
    const { title, facts } = describeGroup([view]);
    expect(title).toContain('3 workloads → ');
    expect(facts[0]).toMatchObject({ name: 'From' });
    expect(facts[0]?.value).toContain(workloads.join(', '));
  });
});

describe('the likely cause of lookups that fail', () => {
  const causeOf = (...all: ReturnType<typeof lookups>[]) =>
    describeCause(
      createView({ transition: createTransition({ ...dns, evidence: { sockets: [], lookups: all } }) }),
    );

  it('is that nobody listens, as soon as some were told so', () => {
    expect(causeOf(lookups('unreachable', 5), lookups('unanswered', 60))).toBe(
      'nobody listens at the resolver: 5 of the 65 lookups seen met an ICMP error or a reset',
    );
  });

  it('is said in words that fit', () => {
    expect(causeOf(lookups('waiting', 5))).toContain('still wait for an answer: api.example.com');
    expect(causeOf(lookups('unanswered', 5))).toContain('were not answered');
    expect(causeOf(lookups('SERVFAIL', 5))).toContain('were answered SERVFAIL');
  });
});
