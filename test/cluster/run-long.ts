import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { CommandError } from '../lab/run-command.ts';

export interface Run {
  readonly input?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
}

const defaultTimeoutMs = 450_000;

/** Runs one command to its end, minutes if need be; resolves to its standard output. */
export async function runLong(command: string, args: readonly string[], run: Run = {}): Promise<string> {
  const child = spawn(command, args, {
    timeout: run.timeoutMs ?? defaultTimeoutMs,
    env: { ...process.env, ...run.environment },
  });
  let out = '';
  let err = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
  // A command that refuses its arguments closes its input early; its exit status tells the story.
  child.stdin.on('error', () => undefined);
  child.stdin.end(run.input ?? '');
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  if (code === 0) return out;
  throw new CommandError(
    `${[command, ...args].join(' ')} ended with ${signal ?? code}: ${err.trim() || out}`,
  );
}
