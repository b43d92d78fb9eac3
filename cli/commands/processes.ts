import type { Command } from 'commander';
import { configOption, type DataFlags, dataOption, durationArgument } from '../options.ts';
import type { Terminal } from '../output.ts';

interface ProcessFlags extends DataFlags {
  readonly listen?: string;
  readonly learn?: number;
}

export function addEngineCommand(program: Command, terminal: Terminal): void {
  withProcessOptions(program.command('engine'))
    .description('over Kafka: judge a share of the signals, ask for captures')
    .option('--learn <duration>', "replaces every rule's learning period (trials)", durationArgument)
    .action(async (flags: ProcessFlags) => {
      const { createEngineProcess } = await import('../../app/processes/engine-process.ts');
      const { runProcess } = await import('../run-process.ts');
      await runProcess(createEngineProcess, flags, terminal);
    });
}

export function addAgentCommand(program: Command, terminal: Terminal): void {
  withProcessOptions(program.command('agent'))
    .description('watch this machine for a server or over Kafka: spool what it sees, carry out captures')
    .action(async (flags: ProcessFlags) => {
      const { createAgentProcess } = await import('../../app/processes/agent-process.ts');
      const { runProcess } = await import('../run-process.ts');
      await runProcess(createAgentProcess, flags, terminal);
    });
}

export function addServerCommand(program: Command, terminal: Terminal): void {
  withProcessOptions(program.command('server'))
    .description('for agents over HTTP: judge, tell, remember, show; everything but the eyes, in one process')
    .option('--learn <duration>', "replaces every rule's learning period (trials)", durationArgument)
    .action(async (flags: ProcessFlags) => {
      const { createServerProcess } = await import('../../app/processes/server-process.ts');
      const { runProcess } = await import('../run-process.ts');
      await runProcess(createServerProcess, flags, terminal);
    });
}

export function addNameCommand(program: Command, terminal: Terminal): void {
  withProcessOptions(program.command('name'))
    .description(
      'over Kafka, in a cluster: give peers the names of pods, services and nodes before they are judged',
    )
    .action(async (flags: ProcessFlags) => {
      const { createNameProcess } = await import('../../app/processes/name-process.ts');
      const { runProcess } = await import('../run-process.ts');
      await runProcess(createNameProcess, flags, terminal);
    });
}

export function addRecordCommand(program: Command, terminal: Terminal): void {
  withProcessOptions(program.command('record'))
    .description('over Kafka: write the history into PostgreSQL (history.postgres)')
    .action(async (flags: ProcessFlags) => {
      const { createRecordProcess } = await import('../../app/processes/record-process.ts');
      const { runProcess } = await import('../run-process.ts');
      await runProcess(createRecordProcess, flags, terminal);
    });
}

/** What every process takes. */
export function withProcessOptions(command: Command): Command {
  return command
    .addOption(configOption())
    .addOption(dataOption())
    .option(
      '--listen <host:port>',
      'where /metrics, /healthz and /readyz are served; port 0 takes a free one',
    );
}
