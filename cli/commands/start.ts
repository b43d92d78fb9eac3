import type { Command } from 'commander';
import { configOption, type DataFlags, dataOption, durationArgument } from '../options.ts';
import type { Terminal } from '../output.ts';

interface StartFlags extends DataFlags {
  readonly listen?: string;
  readonly learn?: number;
}

export function addStartCommand(program: Command, terminal: Terminal): void {
  program
    .command('start')
    .description('watch this machine: agent, stream, engine, notifiers and captures in one process')
    .addOption(configOption())
    .addOption(dataOption())
    .option(
      '--listen <host:port>',
      'where /metrics, /healthz and /readyz are served; port 0 takes a free one',
    )
    .option('--learn <duration>', "replaces every rule's learning period (trials)", durationArgument)
    .option('--yes', 'do not ask before installing what is missing')
    .action(async (flags: StartFlags) => {
      const { runSaccade } = await import('../run-saccade.ts');
      await runSaccade(flags, terminal);
    });
}
