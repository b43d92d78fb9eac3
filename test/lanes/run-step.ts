import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Lane, Step } from './lane.ts';
import { addTallies, noTally, type Tally } from './tally.ts';
import { tallyFileVariable } from './tally-reporter.ts';

export interface StepOptions {
  readonly priority: Lane['priority'];
  readonly environment: NodeJS.ProcessEnv;
  /** What it prints, as it comes. */
  readonly say: (text: string) => void;
  /** Ends it, and everything that it started; the reason is the name of a signal. */
  readonly signal: AbortSignal;
  /** How long it has after that to end by itself. */
  readonly graceMs: number;
}

export interface StepResult {
  readonly tally: Tally;
  readonly ok: boolean;
}

/**
 * Niceness is relative to others of the same session where the kernel groups tasks by session, and each step has a
 * session of its own: there the group's niceness counts.
 */
const idlePrefix = [
  'sh',
  '-c',
  '{ echo 19 >/proc/self/autogroup; } 2>/dev/null; exec nice -n 19 "$@"',
  'idle',
];

/** Runs a step to its end. Nothing of it is left if it is interrupted, or if this process ends before it. */
export async function runStep(step: Step, options: StepOptions): Promise<StepResult> {
  const folder = mkdtempSync(join(tmpdir(), 'saccade-tally-'));
  try {
    const tallyFile = join(folder, 'tally.json');
    const [file = '', ...args] = [...(options.priority === 'idle' ? idlePrefix : []), ...step.command];
    const child = spawn(file, args, {
      // A group of its own, so that all of it can be ended.
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...options.environment, [tallyFileVariable]: tallyFile },
    });
    const ok = await follow(child, step, options);
    return { ok, tally: tallyOf(step, ok, tallyFile) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function follow(child: ChildProcess, step: Step, options: StepOptions): Promise<boolean> {
  for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', options.say);
  let ending: Promise<void> | undefined;
  const end = (): void => void (ending ??= endGroup(child, options));
  const kill = (): void => void (child.pid !== undefined && signalGroup(child.pid, 'SIGKILL'));
  process.once('exit', kill);
  options.signal.addEventListener('abort', end, { once: true });
  if (options.signal.aborted) end();
  try {
    const [code] = (await once(child, 'close')) as [number | null];
    // What a shell, `nice` and `env` answer alike.
    if (code === 127) options.say(notFound(step));
    return code === 0 && !options.signal.aborted;
  } catch (error) {
    options.say(isNotFound(error) ? notFound(step) : `${String(error)}\n`);
    return false;
  } finally {
    options.signal.removeEventListener('abort', end);
    await ending;
    process.removeListener('exit', kill);
  }
}

const isNotFound = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'ENOENT';

const notFound = ({ command: [file] }: Step): string =>
  `cannot run ${file}: it is not there, or something that it needs is not; npm run setup installs it\n`;

/** Asks the whole group, waits, and makes sure. */
async function endGroup(child: ChildProcess, { signal, graceMs }: StepOptions): Promise<void> {
  if (child.pid === undefined) return;
  const untilMs = performance.now() + graceMs;
  signalGroup(child.pid, signal.reason as NodeJS.Signals);
  while (isAlive(child.pid) && performance.now() < untilMs) await sleep(20);
  signalGroup(child.pid, 'SIGKILL');
}

function signalGroup(leader: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-leader, signal);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return false;
    throw error;
  }
}

const isAlive = (leader: number): boolean => signalGroup(leader, 0);

/** A run of vitest that did not come to its end has failed, whatever it counted. */
function tallyOf(step: Step, ok: boolean, tallyFile: string): Tally {
  const itself = ok ? { ...noTally, passed: 1 } : { ...noTally, failed: 1 };
  if (step.kind === 'check') return itself;
  const counted = existsSync(tallyFile) ? (JSON.parse(readFileSync(tallyFile, 'utf8')) as Tally) : noTally;
  return ok || counted.failed > 0 ? counted : addTallies(counted, itself);
}
