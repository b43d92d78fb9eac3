import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DnsNames } from './dns-names.ts';

const minuteMs = 60_000;
const answer = (name: string, ip: string, ttlMs = 0) => ({ name, addresses: [{ ip, ttlMs }] });

describe('DnsNames', () => {
  it('knows names only for the client that looked them up', () => {
    const names = new DnsNames();
    names.learn(1n, answer('a.example', '192.0.2.1'), 0);
    expect(names.nameOf(1n, '192.0.2.1', 0)).toBe('a.example');
    expect(names.nameOf(2n, '192.0.2.1', 0)).toBeUndefined();
  });

  it('remembers beyond the TTL, and as long as the name is in use', () => {
    const names = new DnsNames({ rememberMs: 60 * minuteMs });
    names.learn(1n, answer('a.example', '192.0.2.1', 1_000), 0);
    expect(names.nameOf(1n, '192.0.2.1', 59 * minuteMs)).toBe('a.example');
    expect(names.nameOf(1n, '192.0.2.1', 118 * minuteMs)).toBe('a.example');
    expect(names.nameOf(1n, '192.0.2.1', 179 * minuteMs)).toBeUndefined();
    expect(names.stats()).toMatchObject({ names: 0, clients: 0 });
  });

  it('keeps the first of several names for an address while that is still looked up', () => {
    const names = new DnsNames({ holdMs: 10 * minuteMs });
    names.learn(1n, answer('a.example', '192.0.2.1'), 0);
    names.learn(1n, answer('b.example', '192.0.2.1'), minuteMs);
    expect(names.nameOf(1n, '192.0.2.1', minuteMs)).toBe('a.example');
    expect(names.stats().contested).toBe(1);
    names.learn(1n, answer('b.example', '192.0.2.1'), 11 * minuteMs);
    expect(names.nameOf(1n, '192.0.2.1', 11 * minuteMs)).toBe('b.example');
  });

  it('lets a client that looks up too much wash away only its own names', () => {
    const names = new DnsNames({ maxNames: 100 });
    names.learn(1n, answer('quiet.example', '192.0.2.1'), 0);
    for (let index = 0; index < 1_000; index++)
      names.learn(2n, answer('noisy.example', `2001:db8::${index.toString(16)}`), index);
    expect(names.nameOf(1n, '192.0.2.1', 1_000)).toBe('quiet.example');
    expect(names.nameOf(2n, '2001:db8::3e7', 1_000)).toBe('noisy.example');
    expect(names.stats()).toMatchObject({ names: 100, evicted: 901 });
  });

  it('survives a restart', () => {
    const before = new DnsNames();
    before.learn(1n << 60n, answer('a.example', '192.0.2.1'), 5);
    const after = new DnsNames();
    after.restore(before.records());
    expect(after.nameOf(1n << 60n, '192.0.2.1', 6)).toBe('a.example');
  });

  it('stays within its bounds and keeps its count right whatever is learned', () => {
    const step = fc.record({
      client: fc.bigInt({ min: 0n, max: 9n }),
      host: fc.nat(20),
      forget: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const names = new DnsNames({ maxNames: 12, maxClients: 4, rememberMs: 10 });
        steps.forEach(({ client, host, forget }, index) => {
          if (forget) names.nameOf(client, `192.0.2.${host}`, index);
          else names.learn(client, answer('a.example', `192.0.2.${host}`), index);
        });
        const records = [...names.records()];
        expect(records.length).toBeLessThanOrEqual(12);
        expect(names.stats().names).toBe(records.length);
        expect(names.stats().clients).toBeLessThanOrEqual(4);
      }),
    );
  });
});
