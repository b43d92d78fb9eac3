import type { Command } from 'commander';
import type { Terminal } from '../output.ts';
import type { RunFlags } from '../run-until-end.ts';
import { withProcessOptions } from './processes.ts';

export function addConsoleCommand(program: Command, terminal: Terminal): void {
  withProcessOptions(program.command('console'))
    .description('the web console alone, over the data folder of a notify or start beside it')
    .action(async (flags: RunFlags) => {
      const { createConsoleProcess } = await import('../../app/processes/console-process.ts');
      const { runProcess } = await import('../run-process.ts');
      await runProcess(createConsoleProcess, flags, terminal);
    });
}
