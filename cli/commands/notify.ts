import type { Command } from 'commander';
import { loadConfig } from '../../app/config/load-config.ts';
import { StartError } from '../../app/start-error.ts';
import { createNotifiers } from '../../notifiers/create-notifiers.ts';
import { describeTestResult, sendTest } from '../../notifiers/send-test.ts';
import { ExitCode } from '../exit-code.ts';
import { configOption, type DataFlags, type OutputFlags, outputOption } from '../options.ts';
import type { Terminal } from '../output.ts';
import type { RunFlags } from '../run-until-end.ts';
import { withProcessOptions } from './processes.ts';

export function addNotifyCommand(program: Command, terminal: Terminal): void {
  const notify = withProcessOptions(program.command('notify'))
    .description('over Kafka: send messages, keep the history, serve the console')
    // Options behind a subcommand are its own.
    .enablePositionalOptions()
    .action(async (flags: RunFlags) => {
      const { createNotifyProcess } = await import('../../app/processes/notify-process.ts');
      const { runProcess } = await import('../run-process.ts');
      await runProcess(createNotifyProcess, flags, terminal);
    });
  notify
    .command('test')
    .description('send a test message; needs no running Saccade')
    .argument('<receiver>', 'its name in the configuration')
    .addOption(configOption())
    .addOption(outputOption())
    .action(async (name: string, flags: DataFlags & OutputFlags) => {
      const { notify: config, directory } = loadConfig(flags);
      // A test is wanted by somebody, also while everything else is only observed.
      const notifiers = createNotifiers(
        { ...config, paging: 'page' },
        {
          environment: process.env,
          directory,
          nowMs: () => Date.now(),
          // Standard output is for the result alone where a program reads it.
          output: flags.output === 'json' ? process.stderr : process.stdout,
        },
      );
      const notifier = notifiers.get(name);
      if (notifier === undefined)
        throw new StartError(
          `there is no receiver "${name}"`,
          `Configured: ${[...notifiers.keys()].join(', ')}`,
          {
            exitCode: 2,
          },
        );
      const result = await sendTest(name, notifier, Date.now());
      terminal.out(flags.output === 'json' ? JSON.stringify(result) : describeTestResult(name, result));
      if (result.kind !== 'sent') throw new ExitCode(1);
    });
}
