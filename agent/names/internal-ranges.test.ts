import { describe, expect, it } from 'vitest';
import { createInternalRanges, networkSchema, type WantedRanges } from './internal-ranges.ts';
import { parseRoutes4, parseRoutes6, type Route } from './routes.ts';

function rangesOf(internal: readonly string[], routes: () => readonly Route[] = () => []) {
  const clock = { nowMs: 0 };
  const isInternal = createInternalRanges({
    settings: networkSchema.parse({ internal }),
    nowMs: () => clock.nowMs,
    readRoutes: routes,
  });
  return { isInternal, clock };
}

describe('internal ranges', () => {
  it.each([
    ['10.1.2.3', true],
    ['172.16.0.1', true],
    ['192.168.1.1', true],
    ['100.64.0.1', true],
    ['169.254.169.254', true],
    ['fd00::1', true],
    ['fe80::1', true],
    ['203.0.113.9', false],
    ['2001:db8::9', false],
    ['no address', false],
  ])('%s without any configuration: %s', (ip, expected) => {
    expect(rangesOf([]).isInternal(ip)).toBe(expected);
  });

  it('are those of the configuration, too', () => {
    const { isInternal } = rangesOf(['203.0.113.0/24', '2001:db8:1::/48']);
    expect(isInternal('203.0.113.9')).toBe(true);
    expect(isInternal('203.0.114.9')).toBe(false);
    expect(isInternal('2001:db8:1::9')).toBe(true);
    expect(isInternal('2001:db8:2::9')).toBe(false);
    expect(networkSchema.safeParse({ internal: ['203.0.113.0'] }).success).toBe(false);
  });

  it('are those that a gateway of their own leads to, and follow the routes', () => {
    let routes: readonly Route[] = [];
    const { isInternal, clock } = rangesOf([], () => routes);
    expect(isInternal('198.51.100.7')).toBe(false);
    routes = [
      { network: '198.51.100.0', bits: 24, hasGateway: true },
      { network: '203.0.113.0', bits: 24, hasGateway: false },
      { network: '0.0.0.0', bits: 0, hasGateway: true },
    ];
    expect(isInternal('198.51.100.7')).toBe(false);
    clock.nowMs = 30_000;
    expect(isInternal('198.51.100.7')).toBe(true);
    expect(isInternal('203.0.113.9')).toBe(false);
    expect(isInternal('192.0.2.1')).toBe(false);
  });
});

describe('wanted ranges', () => {
  it('hold at once, and what is said to be external goes before all else', () => {
    let wanted: WantedRanges = { internal: [], external: [] };
    const isInternal = createInternalRanges({
      settings: networkSchema.parse({ internal: ['192.0.2.0/24'] }),
      nowMs: () => 0,
      readRoutes: () => [],
      wanted: () => wanted,
    });
    const seen = (): readonly boolean[] =>
      ['203.0.113.9', '10.20.0.1', '10.21.0.1', '192.0.2.7', '2001:db8::1'].map(isInternal);
    expect(seen()).toEqual([false, true, true, true, false]);
    wanted = {
      internal: ['203.0.113.0/24', '2001:db8::/32'],
      external: ['10.20.0.0/16', '192.0.2.7/32', '203.0.113.8/31'],
    };
    expect(seen()).toEqual([false, false, true, false, true]);
    wanted = { internal: [], external: [] };
    expect(seen()).toEqual([false, true, true, true, false]);
  });
});

describe('routes', () => {
  it('are read as the kernel writes them', () => {
    const text = [
      'Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT',
      'eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0',
      'eth0\t000200C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0',
      'wg0\t007100CB\t010200C0\t0003\t0\t0\t0\t00FFFFFF\t0\t0\t0',
      'cut sho',
    ].join('\n');
    expect(parseRoutes4(text)).toEqual([
      { network: '0.0.0.0', bits: 0, hasGateway: true },
      { network: '192.0.2.0', bits: 24, hasGateway: false },
      { network: '203.0.113.0', bits: 24, hasGateway: true },
    ]);
  });

  it('of IPv6 leave out what is refused', () => {
    const zeros = '0'.repeat(32);
    const text = [
      `20010db8000100000000000000000000 30 ${zeros} 00 20010db8000000000000000000000001 00000400 00000001 00000000 00000003     eth0`,
      `${zeros} 00 ${zeros} 00 ${zeros} ffffffff 00000001 00000000 00200200       lo`,
    ].join('\n');
    expect(parseRoutes6(text)).toEqual([{ network: '2001:db8:1::', bits: 48, hasGateway: true }]);
  });
});
