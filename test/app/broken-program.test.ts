import { cpSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bpfObjectPath } from '../../agent/bpf/kernel.ts';
import { createSaccade } from '../../app/create-saccade.ts';
import { loadConfig } from '../../app/config/load-config.ts';
import { packageRoot } from '../../app/package-root.ts';
import type { StartReport } from '../../app/screen.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'saccade-broken-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Starts and stops with the program of one family damaged. */
async function startWithBroken(family: string): Promise<StartReport> {
  const bpfDirectory = join(folder, 'bpf');
  cpSync(join(packageRoot, 'bpf', 'build'), join(bpfDirectory, 'build'), { recursive: true });
  const architecture = process.arch === 'arm64' ? 'arm64' : 'x86';
  writeFileSync(bpfObjectPath(bpfDirectory, architecture, family), 'not an object');
  const failures: Error[] = [];
  const saccade = await createSaccade({
    loaded: loadConfig({ data: join(folder, 'data') }),
    listen: '127.0.0.1:0',
    bpfDirectory,
    logger: pino({ level: 'silent' }),
    output: { write: () => true },
    onFatal: (error) => failures.push(error),
  });
  const report = await saccade.start();
  await saccade.stop();
  expect(failures).toEqual([]);
  return report;
}

const canLoad = process.getuid?.() === 0 && existsSync('/sys/kernel/btf/vmlinux');

describe.runIf(canLoad)('one program that cannot load', () => {
  it.each([
    ['recorder', { 'flight recorder': 'missing' }],
    ['dns', { 'names by DNS': 'missing', dns: 'missing' }],
    ['api', { 'api.latency': 'missing' }],
    ['tcp', { 'tcp.retransmits': 'less', 'tcp.rtt': 'missing', 'tcp.resets': 'missing' }],
  ] as const)('%s: says why and what to do; the others run', async (family, affected) => {
    const report = await startWithBroken(family);
    expect(report.machine).toBeUndefined();
    const states = Object.fromEntries(report.parts.map(({ name, state }) => [name, state]));
    expect(states).toMatchObject(affected);
    for (const [name, state] of Object.entries(states))
      if (!(name in affected) && !dependsOn(family, name))
        expect([name, state]).toEqual([name, goodState(name)]);
    for (const name of Object.keys(affected)) {
      const part = report.parts.find((one) => one.name === name);
      expect(part?.remedy).toBe('build the programs: npm run build:bpf');
      expect(part?.reason).toMatch(new RegExp(`open .*${family}\\.bpf\\.o: [^\\n]+$`));
    }
  });
});

/** Everything that TCP's sockets tell, and who connects where. */
function dependsOn(family: string, part: string): boolean {
  return family === 'tcp' && (part.startsWith('tcp.') || part === 'net.destinations');
}

/** No API server is configured. */
function goodState(part: string): string {
  return part === 'apiserver.latency' ? 'off' : 'on';
}
