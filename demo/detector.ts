import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { programPath } from '../test/lab/program-path.ts';
import { runCommand } from '../test/lab/run-command.ts';

/** What runs and is looked at, in one process or in several. */
export interface Watcher extends AsyncDisposable {
  /** As a user would type them. */
  readonly commandLines: readonly string[];
  /** Everything that was printed, the last 5,000 lines of a process. */
  readonly lines: readonly string[];
  /** undefined: it has none. */
  readonly consoleUrl: string | undefined;
  readonly statusUrl: string;
  start(): Promise<void>;
  /** Runs a command of the program on the same data folder, with JSON as its answer. */
  ask(...args: readonly string[]): Promise<unknown>;
  stop(): Promise<unknown>;
}

export interface DetectorOptions {
  /** Which process; `start` is all in one. */
  readonly command?: 'start' | 'agent' | 'server' | 'name' | 'engine' | 'notify' | 'record';
  readonly configPath: string;
  readonly dataDirectory: string;
  /** Learning period, e.g. `8s`; left out: as the rules say. */
  readonly learn?: string;
  readonly environment?: Readonly<Record<string, string>>;
}

/** Long, because it may be one of many things that a small machine does at once. */
const readyWithinMs = 90_000;
const stopWithinMs = 10_000;
const answerWithinMs = 60_000;
const maxLines = 5_000;
const saccade = programPath(import.meta.url, '../cli/main');

/** What the detector printed before it ended by itself. */
export class DetectorError extends Error {
  override readonly name = 'DetectorError';
}

/** `saccade start`, or one process of several, as a child process: the same program that `npm start` runs, with a data folder of its own. */
export class Detector implements Watcher {
  readonly commandLines: readonly string[];
  readonly #options: DetectorOptions;
  readonly #lines: string[] = [];
  #child: ChildProcess | undefined;
  #statusUrl: string | undefined;

  constructor(options: DetectorOptions) {
    this.#options = options;
    this.commandLines = [['saccade', ...this.#startArguments()].join(' ')];
  }

  /** Resolves when `/readyz` says so. */
  async start(): Promise<void> {
    // Its own group, so that Ctrl-C reaches it through `stop`, in order, and not through the terminal. Whoever kills
    // us, it dies with us.
    const command = [process.execPath, saccade, ...this.#startArguments()];
    const child = spawn('setpriv', ['--pdeathsig', 'KILL', '--', ...command], {
      env: { ...process.env, ...this.#options.environment },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    this.#child = child;
    this.#statusUrl = undefined;
    for (const stream of [child.stdout, child.stderr])
      createInterface(stream).on('line', (line) => this.#take(line));
    process.once('exit', this.#kill);
    await this.#untilReady(child);
  }

  /** Everything it printed, the last 5,000 lines. */
  get lines(): readonly string[] {
    return this.#lines;
  }

  /** undefined: it has none. */
  get consoleUrl(): string | undefined {
    return this.#lines
      .map((line) => /^console\s+(http:\/\/\S+)/.exec(line)?.[1])
      .find((url) => url !== undefined);
  }

  get pid(): number {
    if (this.#child?.pid === undefined) throw new DetectorError('the detector does not run');
    return this.#child.pid;
  }

  get statusUrl(): string {
    if (this.#statusUrl === undefined)
      throw new DetectorError('the detector has not said yet where it listens');
    return this.#statusUrl;
  }

  /** Runs a command of the program on the same data folder, with JSON as its answer. */
  async ask(...args: readonly string[]): Promise<unknown> {
    const where = ['--data', this.#options.dataDirectory, '--output', 'json'];
    return JSON.parse(await runCommand(process.execPath, [saccade, ...args, ...where], '', answerWithinMs));
  }

  /** Stops it as Ctrl-C does; idempotent. The exit code, or null when it had to be killed. */
  async stop(signal: NodeJS.Signals = 'SIGINT'): Promise<number | null> {
    const child = this.#child;
    if (child === undefined) return 0;
    const ended = hasEnded(child) ? Promise.resolve() : new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    const timer = setTimeout(() => child.kill('SIGKILL'), stopWithinMs);
    await ended;
    clearTimeout(timer);
    process.removeListener('exit', this.#kill);
    this.#child = undefined;
    return child.exitCode;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  #startArguments(): readonly string[] {
    const { command = 'start', configPath, dataDirectory, learn } = this.#options;
    const shortened = learn === undefined ? [] : ['--learn', learn];
    return [command, '--config', configPath, '--data', dataDirectory, ...shortened];
  }

  readonly #kill = (): void => {
    this.#child?.kill('SIGKILL');
  };

  #take(line: string): void {
    this.#lines.push(line);
    if (this.#lines.length > maxLines) this.#lines.shift();
    this.#statusUrl ??= /(http:\/\/\S+)\/metrics/.exec(line)?.[1];
  }

  async #untilReady(child: ChildProcess): Promise<void> {
    const deadline = Date.now() + readyWithinMs;
    let answer: string | undefined;
    while (Date.now() < deadline) {
      if (hasEnded(child)) throw this.#failure('the detector ended at its start');
      answer = this.#statusUrl === undefined ? answer : await whyNotReady(`${this.#statusUrl}/readyz`);
      if (this.#statusUrl !== undefined && answer === undefined) return;
      await sleep(50);
    }
    throw this.#failure(`the detector was not ready within ${readyWithinMs / 1000} s: ${answer ?? ''}`);
  }

  #failure(what: string): DetectorError {
    return new DetectorError(`${what}:\n${this.#lines.slice(-40).join('\n')}`);
  }
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

/** undefined: it is ready. */
async function whyNotReady(url: string): Promise<string | undefined> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(2_000) });
    return response.ok ? undefined : await response.text();
  } catch (error) {
    // Not listening yet: undici's TypeError, or the time-out's DOMException.
    if (error instanceof TypeError || error instanceof DOMException) return error.message;
    throw error;
  }
}
