import { describe, expect, it } from 'vitest';
import { planHosts } from './address-plan.ts';

describe('planHosts', () => {
  it('gives addresses by place and takes those asked for', () => {
    expect(planHosts(['a', { name: 'b', address4: '203.0.113.9' }])).toEqual([
      { name: 'a', address4: '192.0.2.10', address6: '2001:db8::a' },
      { name: 'b', address4: '203.0.113.9', address6: '2001:db8::b' },
    ]);
  });

  it('shifts a lab that shares its addresses with nobody', () => {
    expect(planHosts(['a'], 3)).toEqual([{ name: 'a', address4: '192.0.2.40', address6: '2001:db8::28' }]);
    expect(planHosts(['a'], 23)[0]?.address4).toBe('192.0.2.240');
    const eleven = Array.from({ length: 11 }, (_, n) => `h${n}`);
    expect(() => planHosts(eleven, 1)).toThrow('at most 10 hosts');
  });

  it.each([
    [['a', 'a'], 'two hosts of a lab share a'],
    [['a', { name: 'b', address4: '192.0.2.10' }], 'two hosts of a lab share 192.0.2.10'],
    [[{ name: 'a', address4: '10.0.0.1' }], 'only addresses for documentation'],
    [[{ name: 'a', address6: 'fd00::1' }], 'only addresses for documentation'],
    [['a-name-too-long'], 'not a name for a host'],
    [['a b'], 'not a name for a host'],
    [['router'], 'not a name for a host'],
  ])('refuses %j', (hosts, message) => {
    expect(() => planHosts(hosts)).toThrow(message);
  });
});
