import { Command, CommanderError } from 'commander';
import { packageVersion } from '../app/package-root.ts';
import { StartError } from '../app/start-error.ts';
import { ExitCode } from './exit-code.ts';
import type { Terminal } from './output.ts';

type AddCommand = (program: Command, terminal: Terminal) => void;

/** A line each, in the order of the help. Loaded when asked for: a small command does not wait for what others need. */
const commands: Readonly<Record<string, () => Promise<AddCommand>>> = {
  start: async () => (await import('./commands/start.ts')).addStartCommand,
  agent: async () => (await import('./commands/processes.ts')).addAgentCommand,
  server: async () => (await import('./commands/processes.ts')).addServerCommand,
  engine: async () => (await import('./commands/processes.ts')).addEngineCommand,
  name: async () => (await import('./commands/processes.ts')).addNameCommand,
  record: async () => (await import('./commands/processes.ts')).addRecordCommand,
  console: async () => (await import('./commands/console.ts')).addConsoleCommand,
  demo: async () => (await import('./commands/demo.ts')).addDemoCommand,
  status: async () => (await import('./commands/status.ts')).addStatusCommand,
  alerts: async () => (await import('./commands/alerts.ts')).addAlertsCommand,
  explain: async () => (await import('./commands/explain.ts')).addExplainCommand,
  capture: async () => (await import('./commands/capture.ts')).addCaptureCommand,
  captures: async () => (await import('./commands/captures.ts')).addCapturesCommand,
  dead: async () => (await import('./commands/dead.ts')).addDeadCommand,
  silences: async () => (await import('./commands/silences.ts')).addSilencesCommand,
  top: async () => (await import('./commands/top.ts')).addTopCommand,
  trace: async () => (await import('./commands/trace.ts')).addTraceCommand,
  destinations: async () => (await import('./commands/destinations.ts')).addDestinationsCommand,
  rules: async () => (await import('./commands/rules.ts')).addRulesCommand,
  migrate: async () => (await import('./commands/migrate.ts')).addMigrateCommand,
  notify: async () => (await import('./commands/notify.ts')).addNotifyCommand,
};

/** Runs one command line and gives its exit code: 0 done, 1 failed, 2 bad input. Never throws for a user's mistake. */
export async function run(args: readonly string[], terminal: Terminal): Promise<number> {
  try {
    const program = await createProgram(terminal, neededFor(args));
    await program.parseAsync([...args], { from: 'user' });
    return 0;
  } catch (error) {
    return reportFailure(error, terminal);
  }
}

/** The named commands, without names all; parsing runs them. */
export async function createProgram(
  terminal: Terminal,
  names: readonly string[] = Object.keys(commands),
): Promise<Command> {
  const program = new Command('saccade')
    .description(
      'Notices when the network goes wrong, pages once, and hands over the packets from before and after.',
    )
    .version(packageVersion)
    // A command's options behind its subcommand are the subcommand's.
    .enablePositionalOptions()
    .exitOverride()
    .showHelpAfterError()
    .configureOutput({
      writeOut: (text) => terminal.out(text.trimEnd()),
      writeErr: (text) => terminal.err(text.trimEnd()),
    });
  for (const name of names) (await commands[name]?.())?.(program, terminal);
  return program;
}

/** The command that is meant; help and mistakes need all of them. */
function neededFor([first = '']: readonly string[]): readonly string[] | undefined {
  if (first === '--version' || first === '-V') return [];
  return Object.hasOwn(commands, first) ? [first] : undefined;
}

/** Says why a command failed and gives its exit code. */
export function reportFailure(error: unknown, terminal: Terminal): number {
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
