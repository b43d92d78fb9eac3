import { createColors } from 'picocolors';
import { loadConfig } from '../app/config/load-config.ts';
import { createSaccade } from '../app/create-saccade.ts';
import { firstSignal } from '../app/run-until-signal.ts';
import { renderStartScreen } from '../app/screen.ts';
import { createLogger } from './create-logger.ts';
import { ExitCode } from './exit-code.ts';
import type { Terminal } from './output.ts';

export interface RunFlags {
  readonly config?: string;
  readonly data?: string;
  readonly listen?: string;
  readonly learn?: number;
}

/** `saccade start`: runs until a signal. Exit code 0 after Ctrl-C, 1 when it failed on the way. */
export async function runSaccade(flags: RunFlags, terminal: Terminal): Promise<void> {
  const stopped = firstSignal();
  const loaded = loadConfig(flags);
  const logger = createLogger(loaded.config.log_level, process.stderr.isTTY === true);
  const failed = Promise.withResolvers<Error>();
  const saccade = await createSaccade({
    loaded,
    listen: flags.listen,
    learnMs: flags.learn,
    logger,
    output: process.stdout,
    onFatal: (error) => failed.resolve(error),
  });
  const report = await saccade.start();
  // Asked of the stream itself (undefined for a pipe): a CI variable does not make a pipe a terminal.
  const colors = createColors(process.stdout.isTTY === true && process.env['NO_COLOR'] === undefined);
  terminal.out(renderStartScreen(report, colors));

  const end = await Promise.race([stopped, failed.promise]);
  if (end instanceof Error) logger.fatal({ err: end }, 'stopping: a part failed for good');
  else terminal.out(`\n${end}: stopping`);
  await saccade.stop();
  if (end instanceof Error) throw new ExitCode(1);
  terminal.out('stopped; the next start goes on from here');
}
