import { execFile, spawnSync } from 'node:child_process';

/** A command of the system that did not do what was asked. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
}

const defaultTimeoutMs = 20_000;

/** Runs one command to its end with `input` on its standard input; resolves to its standard output. */
export function runCommand(
  command: string,
  args: readonly string[],
  input = '',
  timeoutMs = defaultTimeoutMs,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = execFile(
      command,
      args,
      { timeout: timeoutMs, maxBuffer: 16 * 1024 * 1024 },
      (error, stdout, stderr) => {
        if (error === null) return resolve(stdout);
        const why = error.killed === true ? `not done after ${timeoutMs / 1000} s` : error.message;
        reject(commandError(command, args, input, stderr || why));
      },
    );
    // A command that refuses its arguments closes its input early; its exit status tells the story.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(input);
  });
}

/** As `runCommand`, for clean-up in an exit handler, where nothing asynchronous runs any more. */
export function runCommandSync(command: string, args: readonly string[]): boolean {
  return spawnSync(command, args, { timeout: defaultTimeoutMs, stdio: 'ignore' }).status === 0;
}

function commandError(
  command: string,
  args: readonly string[],
  input: string,
  complaint: string,
): CommandError {
  const script = input === '' ? '' : `\n${input}`;
  return new CommandError(`${command} ${args.join(' ')}: ${complaint.trim()}${script}`);
}
