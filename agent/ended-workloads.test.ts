import { describe, expect, it } from 'vitest';
import { EndedWorkloads } from './ended-workloads.ts';

const owner = (cookie: number) => ({ netnsCookie: BigInt(cookie), netnsInode: cookie, cgroupId: 0n });
const subject = (workload: string) => ({ cluster: 'c1', node: 'n1', namespace: 'shop', workload });

function machine() {
  const empty = new Set<bigint>();
  const ended = new EndedWorkloads({
    isEnding: ({ netnsCookie }) => empty.has(netnsCookie),
    holdMs: 5_000,
    checkEveryMs: 1_000,
  });
  return { empty, ended };
}

describe('EndedWorkloads', () => {
  it('tells a workload once, when its namespace has been empty for a while', () => {
    const { empty, ended } = machine();
    ended.note(owner(1), subject('netns/checkout'));
    ended.note(owner(2), subject('netns/payments'));
    expect(ended.take(0)).toEqual([]);
    empty.add(1n);
    expect(ended.take(1_000)).toEqual([]);
    expect(ended.take(5_000)).toEqual([]);
    expect(ended.take(6_000)).toEqual([subject('netns/checkout')]);
    expect(ended.take(60_000)).toEqual([]);
  });

  it('takes one that is started again in the same namespace for a living one', () => {
    const { empty, ended } = machine();
    ended.note(owner(1), subject('container/3f2a'));
    empty.add(1n);
    ended.take(0);
    empty.clear();
    ended.take(3_000);
    empty.add(1n);
    expect(ended.take(6_000)).toEqual([]);
    expect(ended.take(11_000)).toEqual([subject('container/3f2a')]);
  });

  it('keeps silent while the same workload lives on in another namespace', () => {
    const { empty, ended } = machine();
    ended.note(owner(1), subject('deployment/checkout'));
    ended.note(owner(2), subject('deployment/checkout'));
    empty.add(1n);
    ended.take(0);
    expect(ended.take(5_000)).toEqual([]);
    empty.add(2n);
    ended.take(6_000);
    expect(ended.take(11_000)).toEqual([subject('deployment/checkout')]);
  });

  it('tells two namespaces of one workload that end together as one end', () => {
    const { empty, ended } = machine();
    for (const cookie of [1, 2]) {
      ended.note(owner(cookie), subject('deployment/checkout'));
      empty.add(BigInt(cookie));
    }
    ended.take(0);
    expect(ended.take(5_000)).toHaveLength(1);
  });

  it('looks no oftener than it should', () => {
    let looks = 0;
    const ended = new EndedWorkloads({ isEnding: () => (looks++, false), checkEveryMs: 1_000 });
    ended.note(owner(1), subject('netns/checkout'));
    for (const ms of [0, 250, 999, 1_000]) ended.take(ms);
    expect(looks).toBe(2);
  });
});
