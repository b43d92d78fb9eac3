import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, globSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { freePort } from '../../test/lab/free-port.ts';

/** A real PostgreSQL on loopback, with a data folder of its own. */
export interface PostgresServer extends AsyncDisposable {
  readonly url: string;
  /** As a crash of the machine would: nothing is flushed. */
  kill(): Promise<void>;
  restart(): Promise<void>;
}

const startTimeoutMs = 60_000;

/** The folder of its programs; undefined: it is not installed (setup/packages.sh). */
export function findPostgres(): string | undefined {
  const found = globSync('/usr/lib/postgresql/*/bin/postgres').sort().at(-1);
  return found === undefined ? undefined : join(found, '..');
}

export async function startPostgres(): Promise<PostgresServer> {
  const programs = findPostgres();
  if (programs === undefined) throw new Error('PostgreSQL is missing: apt-get install -y postgresql');
  const directory = mkdtempSync(join(tmpdir(), 'saccade-postgres-'));
  const data = join(directory, 'data');
  if (asRoot()) execFileSync('chown', ['postgres', directory]);
  run([join(programs, 'initdb'), '-D', data, '-U', 'saccade', '-A', 'trust', '--no-sync', '-E', 'UTF8']);
  const port = await freePort();
  const url = `postgresql://saccade@127.0.0.1:${port}/postgres`;
  const launch = (): ChildProcess => {
    const [command = '', ...args] = unprivileged([
      join(programs, 'postgres'),
      ...['-D', data, '-h', '127.0.0.1', '-p', String(port), '-k', directory, '-c', 'fsync=off'],
    ]);
    return spawn(command, args, { stdio: 'ignore' });
  };
  let child = launch();
  await answers(url);
  const kill = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    // SIGQUIT: an immediate shutdown, which the next start recovers from. SIGKILL would leave its children.
    child.kill('SIGQUIT');
    await once(child, 'exit');
  };
  const orphan = (): void => void child.kill('SIGQUIT');
  process.once('exit', orphan);
  return {
    url,
    kill,
    async restart() {
      child = launch();
      await answers(url);
    },
    async [Symbol.asyncDispose]() {
      process.off('exit', orphan);
      await kill();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

const asRoot = (): boolean => process.getuid?.() === 0;

/** PostgreSQL refuses to run as root. */
function unprivileged(command: readonly string[]): readonly string[] {
  return asRoot()
    ? ['setpriv', '--reuid=postgres', '--regid=postgres', '--clear-groups', ...command]
    : command;
}

function run(command: readonly string[]): void {
  const [program = '', ...args] = unprivileged(command);
  execFileSync(program, args, {
    stdio: 'ignore',
    cwd: existsSync('/var/lib/postgresql') ? '/var/lib/postgresql' : '/',
  });
}

async function answers(url: string): Promise<void> {
  for (const until = Date.now() + startTimeoutMs; Date.now() < until; await sleep(50)) {
    const client = new Client({ connectionString: url, connectionTimeoutMillis: 1_000 });
    client.on('error', () => undefined);
    const connected = await client.connect().then(
      () => true,
      () => false,
    );
    await client.end().catch(() => undefined);
    if (connected) return;
  }
  throw new Error(`PostgreSQL does not answer after ${startTimeoutMs} ms`);
}
