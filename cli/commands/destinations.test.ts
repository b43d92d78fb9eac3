import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { databasePath } from '../../app/open-log.ts';
import { DestinationWriter } from '../../history/destination-writer.ts';
import { createHistory } from '../../history/history.ts';
import { openEmbeddedLog } from '../../stream/embedded/embedded-log.ts';
import { validateEvent } from '../../stream/validate-event.ts';
import { run } from '../run.ts';

const folder = mkdtempSync(join(tmpdir(), 'saccade-destinations-'));
const hourMs = 3_600_000;

beforeAll(() => {
  const clock = { nowMs: () => Date.now() };
  const log = openEmbeddedLog({ path: databasePath(folder), clock, validate: validateEvent });
  createHistory({ database: log.database, clock });
  const nowMs = Date.now();
  const common = {
    kind: 'destination',
    cluster: 'local',
    namespace: 'vm',
    servicePort: 443,
    contacts: 1,
    bytesSent: 1_500,
    bytesReceived: 2_000_000,
  } as const;
  const contactAt = (agoMs: number, workload: string, name: string) => ({
    ...common,
    workload,
    name,
    host: `api.${name} 203.0.113.9`,
    firstMs: nowMs - agoMs,
    lastMs: nowMs - agoMs,
  });
  new DestinationWriter(log.database).writeAll([
    contactAt(1_000, 'netns/checkout', 'example.org'),
    ...[2 * hourMs, hourMs, 1_000].map((agoMs) => contactAt(agoMs, 'netns/checkout', 'example.com')),
    { ...contactAt(hourMs, 'unit/chrony.service', 'ntp.example'), servicePort: 123, protocol: 'udp' },
    contactAt(hourMs, 'unit/mirror.service', 'evil\u001b[31m.example'),
  ]);
  log.close();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function list(...args: readonly string[]): Promise<string> {
  const out: string[] = [];
  const terminal = { out: (text: string) => void out.push(text), err: (text: string) => void out.push(text) };
  expect(await run(['destinations', 'list', '--data', folder, ...args], terminal)).toBe(0);
  return out.join('\n');
}

describe('saccade destinations list', () => {
  it('shows workloads and names in order, with states, and no control characters', async () => {
    const lines = (await list()).split('\n');
    expect(lines[0]).toMatch(/^WORKLOAD +DESTINATION +STATE +FIRST +LAST +CONTACTS +SENT +RECEIVED +AS$/);
    expect(lines.slice(1).map((line) => line.split(/ {2,}/).slice(0, 3).join(' '))).toEqual([
      'vm/netns/checkout example.com:443 persistent',
      'vm/netns/checkout example.org:443 new',
      'vm/unit/chrony.service ntp.example by NTP (UDP 123) active',
      'vm/unit/mirror.service evil.example:443 active',
    ]);
    expect(lines[1]).toContain('3         4.5 kB  6 MB      api.example.com 203.0.113.9');
  });

  it('filters, and gives all of it as JSON', async () => {
    const named = JSON.parse(await list('--name', 'org', '--output', 'json')) as unknown;
    expect(named).toEqual([expect.objectContaining({ name: 'example.org', state: 'new', contacts: 1 })]);
    expect(await list('--workload', 'netns/none')).toBe('no destinations');
    expect((await list('--state', 'persistent')).split('\n')).toHaveLength(2);
    expect((await list('--since', '30m')).split('\n')).toHaveLength(3);
  });
});
