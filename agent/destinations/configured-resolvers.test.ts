import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ConfiguredResolvers, parseNameservers } from './configured-resolvers.ts';

describe('ConfiguredResolvers', () => {
  let root = '';
  beforeEach(() => (root = mkdtempSync(join(tmpdir(), 'saccade-resolvers-'))));
  afterEach(() => rmSync(root, { recursive: true }));

  function write(path: string, text: string): void {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }

  function resolversAt(now: { ms: number }): ConfiguredResolvers {
    return new ConfiguredResolvers({
      nowMs: () => now.ms,
      root,
      pidIn: (inode) => (inode === 2 ? 77 : undefined),
      netnsNameOf: (inode) => (inode === 3 ? 'shop' : undefined),
    });
  }

  it('are those of the machine, of what runs in the namespace, and of its name', () => {
    write('etc/resolv.conf', 'nameserver 127.0.0.53\n');
    write('run/systemd/resolve/resolv.conf', 'nameserver 203.0.113.1\n');
    write('proc/77/root/etc/resolv.conf', 'nameserver 203.0.113.2\n');
    write('etc/netns/shop/resolv.conf', 'nameserver 2001:db8::3\n');
    const resolvers = resolversAt({ ms: 0 });
    const known = (inode: number) =>
      ['127.0.0.53', '203.0.113.1', '203.0.113.2', '2001:db8::3'].filter((ip) => resolvers.has(inode, ip));
    expect(known(1)).toEqual(['203.0.113.1']);
    expect(known(2)).toEqual(['203.0.113.1', '203.0.113.2']);
    expect(known(3)).toEqual(['203.0.113.1', '2001:db8::3']);
  });

  it('are read again after ten seconds', () => {
    const now = { ms: 0 };
    const resolvers = resolversAt(now);
    expect(resolvers.has(1, '203.0.113.1')).toBe(false);
    write('etc/resolv.conf', 'nameserver 203.0.113.1\n');
    now.ms = 9_999;
    expect(resolvers.has(1, '203.0.113.1')).toBe(false);
    now.ms = 10_000;
    expect(resolvers.has(1, '203.0.113.1')).toBe(true);
  });
});

describe('parseNameservers', () => {
  it.each([
    [
      'nameserver 203.0.113.1\nsearch example.com\n  nameserver\t2001:DB8::0:1 # the other\n',
      ['203.0.113.1', '2001:db8::1'],
    ],
    ['nameserver fe80::1%eth0\nnameserver ::ffff:203.0.113.9\n', ['fe80::1', '203.0.113.9']],
    ['# nameserver 203.0.113.1\nnameserver\nnameserver resolver.example\n; x', []],
    ['nameserver 127.0.0.53\n', []],
  ])('%j', (text, expected) => expect(parseNameservers(text)).toEqual(expected));
});
