import { readdir, readFile } from 'node:fs/promises';

/** The process that was started with this argument, which nobody else has. */
export async function processByArgument(argument: string): Promise<number> {
  for (const entry of await readdir('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    // Processes come and go meanwhile.
    const commandLine = await readFile(`/proc/${entry}/cmdline`, 'utf8').catch(() => '');
    if (commandLine.split('\0').includes(argument)) return Number(entry);
  }
  throw new Error(`no process was started with ${argument}`);
}
