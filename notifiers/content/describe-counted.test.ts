import { describe, expect, it } from 'vitest';
import { createView } from '../testing/delivery.ts';
import { createTransition } from '../testing/events.ts';
import { evidenceSections } from './describe-evidence.ts';
import { describeGroup } from './describe-group.ts';

const worst = [7, 8, 9].map((n) => ({
  fingerprint: `f${n}`,
  key: { workload: 'netns/checkout', peer: `netns/p${n}` },
  level: 'notice' as const,
  value: (100 - n) / 1_000,
}));
const counted = { count: 788, most: 790, limit: 10, worst };
const other = createTransition({
  key: { workload: '__other__', peer: '__other__', service_port: '__other__' },
  subject: { cluster: 'c1', node: 'n1', namespace: '', workload: 'netns/checkout' },
  peer: null,
  role: null,
  service_port: null,
  value: 0.093,
  fields: {},
  baseline: null,
  counted,
});
const factsOf = (transition: typeof other) =>
  new Map(describeGroup([createView({ transition })]).facts.map(({ name, value }) => [name, value]));

describe('the message of an alert that stands for many', () => {
  it('says of how many, and how bad the worst is', () => {
    const { title, summary, actions } = describeGroup([createView({ transition: other })]);
    expect(title).toBe('Notice: RetransmitSpike 788 more of checkout');
    expect(summary).toBe('the worst 9.3 % of segments resent within 1 s');
    expect(actions.find(({ label }) => label === 'Silence')?.command).toContain('fingerprint=fp-checkout');
    expect(factsOf(other).get('To')).toBe('several');
  });

  it('names the worst, and how many more there are', () => {
    const section = evidenceSections(createView({ transition: other })).find(
      ({ title }) => title === 'Counted here',
    );
    expect(section?.text.split('\n')).toEqual([
      'workload=netns/checkout peer=netns/p7: 9.3 %',
      'workload=netns/checkout peer=netns/p8: 9.2 %',
      'workload=netns/checkout peer=netns/p9: 9.1 %',
      'and 785 more',
    ]);
  });

  it('has no name for what they differ in', () => {
    const several = {
      ...other,
      subject: { cluster: 'c1', node: '__other__', namespace: '__other__', workload: '__other__' },
    };
    const { title } = describeGroup([createView({ transition: several })]);
    expect(title).toBe('Notice: RetransmitSpike 788 more');
    expect(factsOf(several).get('From')).toBe('several workloads on several nodes');
  });

  it('says at the end how many there were', () => {
    const over = { ...other, state: 'resolved' as const, counted: { ...counted, count: 0, worst: [] } };
    expect(describeGroup([createView({ transition: over })]).title).toContain('up to 790 more of checkout');
  });
});
