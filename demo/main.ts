import { CommanderError } from 'commander';
import { runLive } from './live.ts';
import { parseDemoOptions } from './options.ts';
import { createJsonReporter, createTerminalReporter, processOutput } from './reporter.ts';
import { runRecorded } from './recorded/run-recorded.ts';
import { whyNoLab } from '../test/lab/lab-support.ts';

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  try {
    const options = parseDemoOptions(args);
    const output = processOutput(process.stdout);
    const reporter = options.json ? createJsonReporter(output) : createTerminalReporter(output);
    const signal = untilInterrupted();
    if (options.recorded !== false) return (await runRecorded(options, reporter, signal)) ? 0 : 1;
    const why = whyNoLab();
    if (why !== undefined) {
      process.stderr.write(`demo: ${why}.\nA recorded run works everywhere: npm run demo -- --recorded\n`);
      return 1;
    }
    return (await runLive(options, reporter, signal)) ? 0 : 1;
  } catch (error) {
    return explain(error);
  }
}

/** The first signal ends the demo in order; the second at once (the kernel and the next run clean up). */
function untilInterrupted(): AbortSignal {
  const interruption = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => {
      if (interruption.signal.aborted) process.exit(130);
      interruption.abort(new Interrupted());
    });
  return interruption.signal;
}

class Interrupted extends Error {
  override readonly name = 'Interrupted';
}

function explain(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode;
  // A timer that is aborted rejects with an AbortError of its own, whose cause is our reason.
  if (error instanceof Interrupted || (error instanceof Error && error.cause instanceof Interrupted))
    return 130;
  process.stderr.write(`demo: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  return 1;
}
