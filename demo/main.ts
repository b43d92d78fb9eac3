import { CommanderError } from 'commander';
import { whyNoLab } from '../test/lab/lab-support.ts';
import { untilInterrupted } from './interruption.ts';
import { runLive } from './live.ts';
import { type DemoOptions, parseDemoOptions } from './options.ts';
import { runRecorded } from './recorded/run-recorded.ts';
import { createJsonReporter, createTerminalReporter, processOutput } from './reporter.ts';

process.exitCode = await main(process.argv.slice(2));

/** Exit codes: 0 as it should be; 1 not; 2 bad arguments; 130 interrupted. */
async function main(args: readonly string[]): Promise<number> {
  const signal = untilInterrupted();
  try {
    return await run(parseDemoOptions(args), signal);
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    if (!signal.aborted || isOfCleanUp(error)) process.stderr.write(`demo: ${describe(error)}\n`);
    return signal.aborted ? 130 : 1;
  }
}

/** Ctrl-C reaches the commands that we run, too: that they failed then is no news, but that something is left behind is. */
function isOfCleanUp(error: unknown): error is SuppressedError {
  return error instanceof SuppressedError;
}

function describe(error: unknown): string {
  if (isOfCleanUp(error)) return `not everything could be cleaned up: ${describe(error.error)}`;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

async function run(options: DemoOptions, signal: AbortSignal): Promise<number> {
  const output = processOutput(process.stdout);
  const reporter = options.json ? createJsonReporter(output) : createTerminalReporter(output);
  if (options.recorded !== false) return (await runRecorded(options, reporter, signal)) ? 0 : 1;
  const why = whyNoLab();
  if (why === undefined) return (await runLive(options, reporter, signal)) ? 0 : 1;
  process.stderr.write(`demo: ${why}.\nA recorded run works everywhere: npm run demo -- --recorded\n`);
  return 1;
}
