import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** How a life ends: at the nth passage of a point, by its own hand; at a moment, by ours; or when all is done. */
export type Death =
  | { readonly kind: 'point'; readonly point: string; readonly passage: number }
  | { readonly kind: 'after'; readonly ms: number }
  /** As soon as something has happened outside of it, e.g. a request that it will get no answer to. */
  | { readonly kind: 'when'; readonly happened: () => boolean }
  | { readonly kind: 'none' };

export interface LifeOptions {
  /** The TypeScript file to run. */
  readonly program: string;
  /** Given to it as JSON, with `dieAt` added for a death at a point. */
  readonly input: Readonly<Record<string, unknown>>;
  readonly death: Death;
  readonly timeoutMs: number;
}

export interface Life {
  /** Input that the process has reported as durable: `ack N` lines. */
  readonly acknowledged: number;
  readonly killed: boolean;
  readonly exitCode: number | null;
  readonly errors: string;
}

/** Runs a program until its death; rejects if it outlives `timeoutMs`. What it printed before it died counts, nothing else of it is left. */
export async function live({ program, input, death, timeoutMs }: LifeOptions): Promise<Life> {
  const dieAt = death.kind === 'point' ? { point: death.point, passage: death.passage } : null;
  const child = spawn(process.execPath, [program, JSON.stringify({ ...input, dieAt })], {
    stdio: ['ignore', 'pipe', 'pipe'],
    // Hundreds of lives: compile the sources once.
    env: { ...process.env, NODE_COMPILE_CACHE: join(tmpdir(), 'saccade-kill-compile-cache') },
  });
  let overdue = false;
  const guard = setTimeout(() => (overdue = child.kill('SIGKILL')), timeoutMs);
  const life = await follow(child, death, Number(input['from'] ?? 0)).finally(() => clearTimeout(guard));
  if (overdue) throw new Error(`${program} did not end within ${timeoutMs} ms: ${life.errors}`);
  return life;
}

async function follow(child: ChildProcess, death: Death, from: number): Promise<Life> {
  const { stdout, stderr } = child;
  if (stdout === null || stderr === null) throw new Error('a life without pipes');
  let acknowledged = from;
  let errors = '';
  let timer: NodeJS.Timeout | undefined;
  stderr.setEncoding('utf8').on('data', (text: string) => (errors = (errors + text).slice(-4000)));
  createInterface({ input: stdout }).on('line', (line) => {
    const [word, count] = line.split(' ');
    if (word === 'ack') acknowledged = Number(count);
    // Counted from its first sign of life, so that it dies at work and not while it starts.
    if (death.kind === 'after') timer ??= setTimeout(() => child.kill('SIGKILL'), death.ms);
  });
  const watch = setInterval(() => {
    if (death.kind === 'when' && death.happened()) child.kill('SIGKILL');
  }, 1);
  const [exitCode, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  clearTimeout(timer);
  clearInterval(watch);
  return { acknowledged, killed: signal === 'SIGKILL', exitCode, errors };
}
