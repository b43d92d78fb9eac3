import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { ExitCode } from '../exit-code.ts';
import type { Terminal } from '../output.ts';

/** The demo is a program of its own, so that what it breaks and what it detects share only the kernel. */
export function addDemoCommand(program: Command, _terminal: Terminal): void {
  program
    .command('demo')
    .description('lose packets in a lab of network namespaces, and see it told (saccade demo --help)')
    .argument('[options...]', 'those of the demo')
    .allowUnknownOption()
    .helpOption(false)
    .action(async (args: string[]) => {
      const file = import.meta.url.endsWith('.ts') ? '../../demo/main.ts' : '../../demo/main.js';
      const path = fileURLToPath(new URL(file, import.meta.url));
      const child = spawn(process.execPath, [path, ...args], { stdio: 'inherit' });
      // Ctrl-C reaches both: the demo cleans up and decides on the exit code.
      process.on('SIGINT', () => undefined);
      const [code] = (await once(child, 'exit')) as [number | null];
      if (code !== 0) throw new ExitCode(code ?? 1);
    });
}
