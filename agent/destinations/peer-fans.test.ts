import { describe, expect, it } from 'vitest';
import { PeerFans, udpDestinationPort, variousAddresses } from './peer-fans.ts';

describe('PeerFans', () => {
  it('keeps the first prefixes of a workload and port apart, and folds what comes after', () => {
    const fans = new PeerFans({ maxPrefixes: 2 });
    const fold = (prefix: string) => fans.fold('netns/a', prefix, 53);
    expect(['192.0.2.0/24', '198.51.100.0/24', '203.0.113.0/24', '192.0.2.0/24'].map(fold)).toEqual([
      '192.0.2.0/24',
      '198.51.100.0/24',
      variousAddresses,
      '192.0.2.0/24',
    ]);
    expect(fans.fold('netns/a', '203.0.113.0/24', 123)).toBe('203.0.113.0/24');
    expect(fans.fold('netns/b', '203.0.113.0/24', 53)).toBe('203.0.113.0/24');
  });

  it('takes ports that are given to clients for one, but not those of services', () => {
    expect([443, 32_767, 32_768, 65_535, 51_820].map(udpDestinationPort)).toEqual([
      443, 32_767, 0, 0, 51_820,
    ]);
  });
});
