import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HostsFiles, parseHosts } from './hosts-files.ts';

let etcPath = '';
beforeEach(() => {
  etcPath = mkdtempSync(join(tmpdir(), 'saccade-hosts-'));
  mkdirSync(join(etcPath, 'netns/shop'), { recursive: true });
});
afterEach(() => rmSync(etcPath, { recursive: true }));

describe('parseHosts', () => {
  it('takes the first name of each address, and none for loopback', () => {
    const text =
      '127.0.0.1 localhost\n192.0.2.1\tAPI.example.com api # payments\n::ffff:192.0.2.2 b\n192.0.2.1 later\nnonsense\n192.0.2.3 <b>';
    expect([...parseHosts(text)]).toEqual([
      ['192.0.2.1', 'api.example.com'],
      ['192.0.2.2', 'b'],
    ]);
  });
});

describe('HostsFiles', () => {
  it('prefers the namespace’s own file and falls back to the machine’s', () => {
    writeFileSync(join(etcPath, 'hosts'), '192.0.2.1 everywhere\n');
    writeFileSync(join(etcPath, 'netns/shop/hosts'), '192.0.2.1 in-shop\n');
    const hosts = new HostsFiles({ nowMs: () => 0, etcPath });
    expect(hosts.nameOf('shop', '192.0.2.1')).toBe('in-shop');
    expect(hosts.nameOf('other', '192.0.2.1')).toBe('everywhere');
    expect(hosts.nameOf(undefined, '192.0.2.1')).toBe('everywhere');
    expect(hosts.nameOf(undefined, '192.0.2.9')).toBeUndefined();
  });

  it('notices a changed, a new and a removed file', () => {
    let nowMs = 0;
    const file = join(etcPath, 'hosts');
    const hosts = new HostsFiles({ nowMs: () => nowMs, etcPath, recheckMs: 1_000 });
    expect(hosts.nameOf(undefined, '192.0.2.1')).toBeUndefined();
    for (const [seconds, name] of ['first', 'second'].entries()) {
      writeFileSync(file, `192.0.2.1 ${name}\n`);
      utimesSync(file, 0, seconds + 1);
      nowMs += 1_000;
      expect(hosts.nameOf(undefined, '192.0.2.1')).toBe(name);
    }
    rmSync(file);
    nowMs += 1_000;
    expect(hosts.nameOf(undefined, '192.0.2.1')).toBeUndefined();
  });
});
