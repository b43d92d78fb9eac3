import { loadConfig } from '../app/config/load-config.ts';
import type { ProcessOptions, SaccadeProcess } from '../app/processes/saccade-process.ts';
import { firstSignal } from '../app/run-until-signal.ts';
import { createLogger } from './create-logger.ts';
import { ExitCode } from './exit-code.ts';
import type { Terminal } from './output.ts';
import type { RunFlags } from './run-saccade.ts';

/** Runs one of the processes over Kafka until a signal. Exit code 0 after Ctrl-C, 1 when it failed on the way. */
export async function runProcess(
  create: (options: ProcessOptions) => Promise<SaccadeProcess>,
  flags: RunFlags,
  terminal: Terminal,
): Promise<void> {
  const stopped = firstSignal();
  const loaded = loadConfig(flags);
  const logger = createLogger(loaded.config.log_level, process.stderr.isTTY === true);
  const failed = Promise.withResolvers<Error>();
  const running = await create({
    loaded,
    listen: flags.listen,
    learnMs: flags.learn,
    logger,
    output: process.stdout,
    onFatal: (error) => failed.resolve(error),
  });
  const starting = running.start().then((report) => {
    terminal.out(report.lines.join('\n'));
    terminal.out(`metrics ${report.statusUrl}/metrics`);
  });
  // It may wait for a broker for long; a signal ends that too.
  starting.catch((error: unknown) =>
    failed.resolve(error instanceof Error ? error : new Error(String(error))),
  );
  const end = await Promise.race([stopped, failed.promise]);
  if (end instanceof Error) logger.fatal({ err: end }, 'stopping: a part failed for good');
  else terminal.out(`\n${end}: stopping`);
  await running.stop();
  if (end instanceof Error) throw new ExitCode(1);
  terminal.out('stopped; the next start goes on from here');
}
