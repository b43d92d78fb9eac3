import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  asNobody,
  type Launch,
  type Outcome,
  runToEnd,
  SaccadeProcess,
  startArguments,
  temporaryFolder,
} from './saccade-process.ts';

/** One clear message and nothing else: no screen, no stack. */
function expectRefusal({ code, out, err }: Outcome, exitCode: 1 | 2, ...said: readonly RegExp[]): void {
  for (const pattern of said) expect(err).toMatch(pattern);
  expect(err).not.toMatch(/^\s+at /m);
  expect(out).toBe('');
  expect(code).toBe(exitCode);
}

async function refuse(
  dataDirectory: string,
  more: readonly string[] = [],
  launch?: Launch,
): Promise<Outcome> {
  return runToEnd(startArguments(dataDirectory, ...more), launch);
}

const isRoot = process.getuid?.() === 0;

/** Each is a process of its own that is over in a second. */
describe('a start that cannot be', { concurrent: true, timeout: 120_000 }, () => {
  it('port taken: says which, and leaves no data folder', async () => {
    using folder = temporaryFolder();
    await using other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const outcome = await refuse(join(folder.path, 'data'), ['--listen', `127.0.0.1:${port}`]);
    expectRefusal(outcome, 1, new RegExp(`127.0.0.1:${port} is taken by another process`), /--listen/);
    expect(readdirSync(folder.path)).toEqual([]);
  });

  it.runIf(process.platform === 'linux')('data folder cannot be made', async () => {
    expectRefusal(await refuse('/proc/saccade'), 1, /cannot make the data folder \/proc\/saccade/, /--data/);
  });

  it.runIf(isRoot)('data folder not writable', async () => {
    using folder = temporaryFolder();
    spawnSync('chmod', ['755', folder.path]);
    const outcome = await refuse(folder.path, [], asNobody);
    expectRefusal(outcome, 1, new RegExp(folder.path), /writable|may write/);
    expect(readdirSync(folder.path)).toEqual([]);
  });

  it.runIf(isRoot)('disk full', async () => {
    using folder = temporaryFolder();
    using _disk = smallDisk(folder.path, '64k');
    const outcome = await refuse(join(folder.path, 'data'));
    expectRefusal(outcome, 1, new RegExp(folder.path), /disk is full/, /Free space/);
  });

  it('database damaged', async () => {
    using folder = temporaryFolder();
    writeFileSync(join(folder.path, 'saccade.db'), Buffer.alloc(20_000, 0x55));
    expectRefusal(await refuse(folder.path), 1, /saccade\.db: file is not a database/, /move it away/);
  });

  it('another instance on the same data, which goes on', async () => {
    using folder = temporaryFolder();
    await using first = new SaccadeProcess(startArguments(folder.path));
    const url = await first.started();
    expectRefusal(await refuse(folder.path), 1, /Another Saccade runs on this data directory/, /--data/);
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    expect((await first.end('SIGTERM')).code).toBe(0);
  });

  it('configuration malformed: all faults at once with their places', async () => {
    using folder = temporaryFolder();
    const config = join(folder.path, 'saccade.yaml');
    writeFileSync(
      config,
      [
        'lisen: 127.0.0.1:1',
        'captures: {max_bytes: lots}',
        'notifications:',
        '  receivers: [{name: ops, terminal: {}}]',
        '  route: {receiver: opps}',
      ].join('\n'),
    );
    const outcome = await refuse(join(folder.path, 'data'), ['--config', config]);
    expectRefusal(
      outcome,
      2,
      /saccade\.yaml:1:1: .*did you mean "listen"/,
      /saccade\.yaml:2:23: .*20MB/,
      /saccade\.yaml:5:\d+: .*"opps" is not defined.*"ops"/,
    );
    expect(readdirSync(folder.path)).toEqual(['saccade.yaml']);
  });

  it('rule malformed', async () => {
    using folder = temporaryFolder();
    const config = join(folder.path, 'saccade.yaml');
    writeFileSync(config, 'rules: {files: [rules.d]}\n');
    mkdirSync(join(folder.path, 'rules.d'));
    writeFileSync(
      join(folder.path, 'rules.d', 'mine.yaml'),
      'groups:\n- name: mine\n  rules:\n  - alert: Mine\n    id: mine\n    signal: tcp.retransmit\n    wen: {}\n',
    );
    const outcome = await refuse(join(folder.path, 'data'), ['--config', config]);
    expectRefusal(
      outcome,
      2,
      /mine\.yaml:6:13: unknown signal .*did you mean "tcp\.retransmits"/,
      /mine\.yaml:7:5: unknown key "wen" .*did you mean "when"/,
    );
    expect(readdirSync(folder.path).toSorted()).toEqual(['rules.d', 'saccade.yaml']);
  });
});

/** A file system of its own over a folder. */
function smallDisk(path: string, size: string): Disposable {
  const run = (command: string, ...args: string[]) => {
    const { status, stderr } = spawnSync(command, args, { encoding: 'utf8' });
    if (status !== 0) throw new Error(`${command}: ${stderr}`);
  };
  run('mount', '-t', 'tmpfs', '-o', `size=${size}`, 'none', path);
  return { [Symbol.dispose]: () => run('umount', path) };
}
