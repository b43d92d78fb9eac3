import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from '../../app/package-root.ts';

export interface Outcome {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Words before the program, e.g. `setpriv --reuid=65534`, and variables beside the environment. */
export interface Launch {
  readonly prefix?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}

export const nobodyId = 65_534;

/** Somebody without rights who may read the repository wherever it lies; only root can start a process so. */
export const asNobody: Launch = {
  prefix: [
    'setpriv',
    ...[`--reuid=${nobodyId}`, `--regid=${nobodyId}`, '--clear-groups'],
    ...['--inh-caps=-all,+dac_read_search', '--ambient-caps=+dac_read_search'],
  ],
};

/** The kernel ends it with this process, also when a test runs out of time. */
const withParent = process.platform === 'linux' ? ['setpriv', '--pdeathsig', 'KILL', '--'] : [];

const main = join(packageRoot, 'cli', 'main.ts');

/** `saccade …` as a process of its own; ends with the test at the latest. */
export class SaccadeProcess implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #closed: Promise<unknown>;
  #out = '';
  #err = '';

  constructor(args: readonly string[], launch: Launch = {}) {
    const [command = '', ...rest] = [
      ...withParent,
      ...(launch.prefix ?? []),
      process.execPath,
      main,
      ...args,
    ];
    this.#child = spawn(command, rest, {
      cwd: packageRoot,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...launch.environment },
    });
    this.#closed = once(this.#child, 'close');
    this.#child.stdout?.on('data', (text: Buffer) => (this.#out += text.toString()));
    this.#child.stderr?.on('data', (text: Buffer) => (this.#err += text.toString()));
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get out(): string {
    return this.#out;
  }

  get err(): string {
    return this.#err;
  }

  /** Waits for the start screen; fails with what was said instead. Gives the address of /metrics. */
  async started(): Promise<string> {
    const url = await this.until(() => /metrics +(http:\S+)\/metrics[\s\S]*Ctrl-C/.exec(this.#out)?.[1]);
    return url;
  }

  /** Waits until `find` finds something; fails when the process ends before. */
  async until<T>(find: () => T | undefined): Promise<T> {
    for (;;) {
      const found = find();
      if (found !== undefined) return found;
      if (this.#child.exitCode !== null || this.#child.signalCode !== null)
        throw new Error(`ended with ${this.#child.exitCode}\n${this.#out}\n${this.#err}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  async end(signal?: NodeJS.Signals): Promise<Outcome> {
    if (signal !== undefined) this.#child.kill(signal);
    await this.#closed;
    return { code: this.#child.exitCode, out: this.#out, err: this.#err };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#closed;
  }
}

/** Runs a command line to its end. */
export async function runToEnd(args: readonly string[], launch?: Launch): Promise<Outcome> {
  await using saccade = new SaccadeProcess(args, launch);
  return await saccade.end();
}

/** A folder that goes with the test. */
export function temporaryFolder(): { readonly path: string } & Disposable {
  const path = mkdtempSync(join(tmpdir(), 'saccade-app-'));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

/** Arguments of a start that meets no other one. */
export function startArguments(dataDirectory: string, ...more: readonly string[]): readonly string[] {
  return ['start', '--data', dataDirectory, '--listen', '127.0.0.1:0', ...more];
}
