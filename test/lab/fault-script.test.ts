import { describe, expect, it } from 'vitest';
import { faultChange, faultTable } from './fault-script.ts';
import { rampPercents } from './fault-schedule.ts';

const sender = { address4: '192.0.2.10', address6: '2001:db8::a' };

describe('faultTable', () => {
  it('looks at both address families and both directions of a service', () => {
    const script = faultTable('t', { kind: 'loss', percent: 0.5 }, { from: sender, servicePort: 443 });
    expect(script.match(/jump fault/g)).toHaveLength(4);
    expect(script).toContain('ip6 saddr 2001:db8::a meta l4proto { tcp, udp } th dport 443 jump fault');
    expect(script).toContain('numgen random mod 100000 < 500 counter name "dropped" drop');
  });

  it('counts before it drops', () => {
    const script = faultTable('t', { kind: 'outage' }, {});
    expect(script.indexOf('counter name "matched"')).toBeLessThan(
      script.indexOf('counter name "dropped" drop'),
    );
  });

  it('refuses what is not a percentage or a number', () => {
    expect(() => faultTable('t', { kind: 'loss', percent: 101 }, {})).toThrow('not a percentage: 101');
    expect(() => faultTable('t', { kind: 'loss', percent: NaN }, {})).toThrow('not a percentage: NaN');
    expect(() => faultTable('t', { kind: 'mtu-black-hole', bytes: 1.5 }, {})).toThrow('not a whole number');
  });
});

describe('faultChange', () => {
  it('replaces the rules of the chain in one transaction', () => {
    expect(faultChange('t', { kind: 'reset' }).split('\n')).toEqual([
      'flush chain inet t fault',
      'add rule inet t fault counter name "matched"',
      'add rule inet t fault meta l4proto tcp counter name "dropped" reject with tcp reset',
      '',
    ]);
  });
});

describe('rampPercents', () => {
  it('goes from end to end in equal steps', () => {
    expect(rampPercents({ fromPercent: 10, toPercent: 0, durationMs: 1, steps: 3 })).toEqual([10, 5, 0]);
    expect(() => rampPercents({ fromPercent: 0, toPercent: 1, durationMs: 1, steps: 1 })).toThrow(RangeError);
  });
});
