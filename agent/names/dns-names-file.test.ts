import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DnsNames } from './dns-names.ts';
import { DnsNamesFile } from './dns-names-file.ts';

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'saccade-names-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

function create(bootId = 'boot-1', folder = directory) {
  const dnsNames = new DnsNames();
  const timers: (() => void)[] = [];
  const clock = {
    after: (_delayMs: number, callback: () => void) => (timers.push(callback), () => undefined),
  };
  const file = new DnsNamesFile({ path: join(folder, 'data', 'names.json'), dnsNames, clock, bootId });
  file.start();
  return { dnsNames, file, timers };
}

const answer = { name: 'api.example.com', addresses: [{ ip: '203.0.113.9', ttlMs: 5_000 }] };

describe('DnsNamesFile', () => {
  it('carries names over a restart within one boot', async () => {
    const before = create();
    before.dnsNames.learn(7n, answer, 1_000);
    await before.file.stop();
    expect(create().dnsNames.nameOf(7n, '203.0.113.9', 2_000)).toBe('api.example.com');
    const rebooted = create('boot-2');
    expect(rebooted.dnsNames.nameOf(7n, '203.0.113.9', 2_000)).toBeUndefined();
    expect(rebooted.file.stats().names_file_refused).toBe(1);
  });

  it('saves from time to time, for an agent that is killed', async () => {
    const { dnsNames, file, timers } = create();
    dnsNames.learn(7n, answer, 1_000);
    timers[0]?.();
    await file.stop();
    expect(readFileSync(join(directory, 'data', 'names.json'), 'utf8')).toContain('api.example.com');
    expect(timers).toHaveLength(2);
  });

  it('goes on without a file that is damaged or a place to write', async () => {
    const healthy = create();
    healthy.dnsNames.learn(7n, answer, 1_000);
    await healthy.file.stop();
    writeFileSync(join(directory, 'data', 'names.json'), '{"boot_id":"boot-1","names":[{"client":"x"}]}');
    expect(create().file.stats().names_file_refused).toBe(1);
    const nowhere = create('boot-1', join(directory, 'data', 'names.json'));
    nowhere.dnsNames.learn(7n, answer, 1_000);
    await nowhere.file.stop();
    expect(nowhere.file.stats().names_file_failures).toBe(1);
  });
});
