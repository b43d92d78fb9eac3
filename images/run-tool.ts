import { execFileSync } from 'node:child_process';

const maxOutputBytes = 64 * 1024 * 1024;

export interface ToolOptions {
  readonly cwd?: string;
  /** Beside those of this process. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** Runs a program without a shell and gives its standard output; its own words stand in the error. */
export function runTool(program: string, args: readonly string[], options: ToolOptions = {}): string {
  try {
    return execFileSync(program, args, {
      encoding: 'utf8',
      cwd: options.cwd,
      env: { ...process.env, ...options.environment },
      maxBuffer: maxOutputBytes,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  } catch (error) {
    throw new Error(`${program} ${args.slice(0, 3).join(' ')} failed: ${reasonOf(error)}`, { cause: error });
  }
}

/** What it said; compilers say it on standard output. */
function reasonOf(error: unknown): string {
  const { stderr = '', stdout = '', message } = error as Error & { stderr?: string; stdout?: string };
  return [stderr.trim(), stdout.trim(), message].find((text) => text !== '') ?? 'it said nothing';
}
