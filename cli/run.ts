import { Command, CommanderError } from 'commander';
import { packageVersion } from '../app/package-root.ts';
import { StartError } from '../app/start-error.ts';
import { addAlertsCommand } from './commands/alerts.ts';
import { addCapturesCommand } from './commands/captures.ts';
import { addDemoCommand } from './commands/demo.ts';
import { addExplainCommand } from './commands/explain.ts';
import { addNotifyCommand } from './commands/notify.ts';
import { addRulesCommand } from './commands/rules.ts';
import { addSilencesCommand } from './commands/silences.ts';
import { addStartCommand } from './commands/start.ts';
import { addStatusCommand } from './commands/status.ts';
import { ExitCode } from './exit-code.ts';
import type { Terminal } from './output.ts';

/** Runs one command line and gives its exit code: 0 done, 1 failed, 2 bad input. Never throws for a user's mistake. */
export async function run(args: readonly string[], terminal: Terminal): Promise<number> {
  const program = createProgram(terminal);
  try {
    await program.parseAsync([...args], { from: 'user' });
    return 0;
  } catch (error) {
    return reportFailure(error, terminal);
  }
}

/** All commands; parsing runs them. */
export function createProgram(terminal: Terminal): Command {
  const program = new Command('saccade')
    .description(
      'Notices when the network goes wrong, pages once, and hands over the packets from before and after.',
    )
    .version(packageVersion)
    .exitOverride()
    .showHelpAfterError()
    .configureOutput({
      writeOut: (text) => terminal.out(text.trimEnd()),
      writeErr: (text) => terminal.err(text.trimEnd()),
    });
  for (const add of [
    addStartCommand,
    addDemoCommand,
    addStatusCommand,
    addAlertsCommand,
    addExplainCommand,
    addCapturesCommand,
    addSilencesCommand,
    addRulesCommand,
    addNotifyCommand,
  ])
    add(program, terminal);
  return program;
}

function reportFailure(error: unknown, terminal: Terminal): number {
  if (error instanceof ExitCode) return error.code;
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (error instanceof StartError) {
    terminal.err(`saccade: ${error.message}`);
    if (error.remedy !== '') terminal.err(error.remedy);
    return error.exitCode;
  }
  terminal.err(`saccade: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  return 1;
}
