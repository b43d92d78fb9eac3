import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const tools = 'sh cat cksum tr find head tail mktemp rm mkdir ls sed grep dirname basename'.split(' ');
let root: string;
let calls: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'saccade-setup-'));
  calls = join(root, 'calls');
  writeFileSync(calls, '');
  writeFileSync(join(root, 'package-lock.json'), '{}');
  cpSync(import.meta.dirname, join(root, 'setup'), { recursive: true });
  mkdirSync(join(root, 'bin'));
  for (const tool of tools)
    for (const folder of ['/usr/bin', '/bin'])
      if (existsSync(join(folder, tool)) && !existsSync(join(root, 'bin', tool)))
        symlinkSync(join(folder, tool), join(root, 'bin', tool));
  command('npm', 'mkdir -p node_modules');
});
afterEach(() => rmSync(root, { recursive: true }));

/** A program of that name which notes how it was called. */
function command(name: string, body: string): void {
  const path = join(root, 'bin', name);
  writeFileSync(path, `#!/bin/sh\necho ${name} "$@" >>'${calls}'\n${body}\n`);
  chmodSync(path, 0o755);
}

/** A machine with these answers, and whether it has apt. */
function machine(system: string, uid: number, apt: boolean): void {
  command('uname', `echo ${system}`);
  command('id', `echo ${uid}`);
  if (!apt) return;
  command('dpkg-query', 'exit 1');
  command('apt-get', 'exit 0');
}

/** Without a terminal: nobody can be asked. */
function setUp(packages: string): { readonly status: number | null; readonly said: string } {
  const script = `set -eu; root='${root}'; cd "$root"; . setup/packages.sh; . setup/install.sh; set_up "" runtime "${packages}"`;
  const { status, stdout, stderr } = spawnSync('/bin/sh', ['-c', script], {
    env: { PATH: join(root, 'bin') },
    encoding: 'utf8',
  });
  return { status, said: stdout + stderr };
}

const called = (name: string) => readFileSync(calls, 'utf8').match(new RegExp(`^${name}\\b.*`, 'gm')) ?? [];

describe.skipIf(process.platform === 'win32')('set_up', () => {
  it('names what it installs, installs it once, and is silent the second time', () => {
    machine('Linux', 0, true);
    const { status, said } = setUp('libbpf1');
    expect(status).toBe(0);
    expect(said).toMatch(
      /this is missing and will be installed:[\s\S]*npm packages[\s\S]*Debian packages: libbpf1/,
    );
    expect(called('apt-get').some((line) => line.includes('install -y') && line.includes('libbpf1'))).toBe(
      true,
    );
    command('dpkg-query', 'echo installed');
    writeFileSync(calls, '');
    expect(setUp('libbpf1')).toEqual({ status: 0, said: '' });
    expect([...called('npm'), ...called('apt-get')]).toEqual([]);
  });

  it('calls no package manager off Linux, even where one is installed', () => {
    machine('Darwin', 0, true);
    expect(setUp('libbpf1').status).toBe(0);
    expect([...called('apt-get'), ...called('dpkg-query')]).toEqual([]);
    expect(called('npm')).toEqual(['npm ci --omit=dev --no-progress --loglevel=error']);
  });

  it('says to somebody who is not root how to install the packages, and goes on', () => {
    machine('Linux', 1000, true);
    const { status, said } = setUp('libbpf1');
    expect(status).toBe(0);
    expect(said).toContain('sudo apt-get install --no-install-recommends libbpf1');
    expect(called('apt-get')).toEqual([]);
    expect(called('npm')).toHaveLength(1);
  });

  it('says without apt which tools are needed, and goes on', () => {
    machine('Linux', 0, false);
    const { status, said } = setUp('libbpf1 clang llvm');
    expect(status).toBe(0);
    expect(said).toMatch(/no apt here: install by hand.*clang.*bpftool; going on without/);
  });

  it('ends with what npm said when it fails, and tries again the next time', () => {
    machine('Linux', 0, false);
    command('npm', 'echo no network; exit 1');
    const { status, said } = setUp('');
    expect(status).toBe(1);
    expect(said).toMatch(/no network[\s\S]*npm ci failed/);
    command('npm', 'mkdir -p node_modules');
    expect(setUp('').status).toBe(0);
  });
});
