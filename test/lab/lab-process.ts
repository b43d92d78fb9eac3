import type { ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';

/** One JSON object that a program of the lab printed. */
export type JsonLine = Readonly<Record<string, unknown>>;

export interface ExitStatus {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

const maxLines = 10_000;
const maxStderrCharacters = 20_000;
const stopWithinMs = 2_000;

interface Waiter {
  readonly matches: (line: string) => boolean;
  readonly resolve: (line: string) => void;
  readonly reject: (error: Error) => void;
}

/** A running process of the lab with what it printed; keeps the last 10,000 lines. */
export class LabProcess {
  readonly exited: Promise<ExitStatus>;
  readonly #child: ChildProcess;
  readonly #what: string;
  readonly #lines: string[] = [];
  readonly #waiters = new Set<Waiter>();
  #stderr = '';
  #status: ExitStatus | undefined;

  constructor(child: ChildProcess, what: string) {
    this.#child = child;
    this.#what = what;
    child.stdin?.on('error', () => undefined);
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-maxStderrCharacters);
    });
    if (child.stdout !== null) createInterface(child.stdout).on('line', (line) => this.#take(line));
    this.exited = new Promise((resolve) => {
      child.on('error', (error) => {
        this.#stderr += error.message;
        resolve(this.#end({ code: null, signal: null }));
      });
      child.on('close', (code, signal) => resolve(this.#end({ code, signal })));
    });
  }

  get pid(): number {
    if (this.#child.pid === undefined) throw new Error(`${this.#what} did not start: ${this.#stderr}`);
    return this.#child.pid;
  }

  get running(): boolean {
    return this.#status === undefined;
  }

  get lines(): readonly string[] {
    return this.#lines;
  }

  get stderr(): string {
    return this.#stderr;
  }

  /** Everything that was printed as JSON objects. */
  get jsonLines(): readonly JsonLine[] {
    return this.#lines.map(parseJsonLine).filter((line) => line !== undefined);
  }

  get latestJson(): JsonLine | undefined {
    return parseJsonLine(this.#lines.at(-1) ?? '');
  }

  /** The first line, past or to come, that matches. */
  waitForLine(matches: (line: string) => boolean, withinMs: number): Promise<string> {
    const past = this.#lines.find(matches);
    if (past !== undefined) return Promise.resolve(past);
    if (!this.running) return Promise.reject(this.#ended());
    return new Promise((resolve, reject) => {
      const settle = (finish: () => void): void => {
        clearTimeout(timer);
        this.#waiters.delete(waiter);
        finish();
      };
      const waiter: Waiter = {
        matches,
        resolve: (line) => settle(() => resolve(line)),
        reject: (error) => settle(() => reject(error)),
      };
      const timer = setTimeout(() => waiter.reject(this.#silent(withinMs)), withinMs);
      this.#waiters.add(waiter);
    });
  }

  /** The first JSON line, past or to come, whose `key` is `value`. */
  async waitForJson(key: string, value: unknown, withinMs: number): Promise<JsonLine> {
    const line = await this.waitForLine((text) => parseJsonLine(text)?.[key] === value, withinMs);
    return parseJsonLine(line) ?? {};
  }

  /** SIGSTOP: the process stands still, its kernel's sockets do not: a peer whose window closes. */
  pause(): void {
    this.#child.kill('SIGSTOP');
  }

  resume(): void {
    this.#child.kill('SIGCONT');
  }

  /** Asks it to end; `stop` also waits. */
  terminate(): void {
    this.#child.kill('SIGTERM');
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }

  /** SIGTERM, then SIGKILL two seconds later. */
  async stop(): Promise<ExitStatus> {
    this.#child.kill('SIGCONT');
    this.#child.kill('SIGTERM');
    const timer = setTimeout(() => this.kill(), stopWithinMs);
    const status = await this.exited;
    clearTimeout(timer);
    return status;
  }

  #take(line: string): void {
    this.#lines.push(line);
    if (this.#lines.length > maxLines) this.#lines.shift();
    for (const waiter of this.#waiters) {
      if (waiter.matches(line)) waiter.resolve(line);
    }
  }

  #end(status: ExitStatus): ExitStatus {
    this.#status = status;
    for (const waiter of this.#waiters) waiter.reject(this.#ended());
    return status;
  }

  #silent(withinMs: number): Error {
    return new Error(`${this.#what} did not print what was waited for in ${withinMs} ms: ${this.#stderr}`);
  }

  #ended(): Error {
    const how = this.#status?.signal ?? `status ${this.#status?.code ?? 'unknown'}`;
    return new Error(`${this.#what} ended (${how}) before it printed what was waited for: ${this.#stderr}`);
  }
}

function parseJsonLine(line: string): JsonLine | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    return JSON.parse(line) as JsonLine;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
