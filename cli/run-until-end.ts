import type { Logger } from 'pino';
import { type LoadedConfig, loadConfig } from '../app/config/load-config.ts';
import { firstSignal } from '../app/run-until-signal.ts';
import { createLogger } from './create-logger.ts';
import { ExitCode } from './exit-code.ts';
import type { Terminal } from './output.ts';

export interface RunFlags {
  readonly config?: string;
  readonly data?: string;
  readonly listen?: string;
  readonly learn?: number;
}

/** What a long-running command is made of. */
export interface RunContext {
  readonly loaded: LoadedConfig;
  readonly listen: string | undefined;
  readonly learnMs: number | undefined;
  readonly logger: Logger;
  readonly output: typeof process.stdout;
  readonly onFatal: (error: Error) => void;
}

export interface Running {
  /** Resolves with what a person is shown once it runs. */
  start(): Promise<string>;
  stop(): Promise<void>;
}

/** Runs until a signal, which also ends a start that waits. Exit code 0 after Ctrl-C, 1 when it failed on the way. */
export async function runUntilEnd(
  create: (context: RunContext) => Promise<Running>,
  flags: RunFlags,
  terminal: Terminal,
): Promise<void> {
  const stopped = firstSignal();
  const loaded = loadConfig(flags);
  const logger = createLogger(loaded.config.log_level, process.stderr.isTTY === true);
  const failed = Promise.withResolvers<Error>();
  const onFatal = (error: Error): void => failed.resolve(error);
  const { listen, learn: learnMs } = flags;
  const running = await create({ loaded, listen, learnMs, logger, output: process.stdout, onFatal });
  const refused = Promise.withResolvers<never>();
  running.start().then((screen) => terminal.out(screen), refused.reject);
  const end = await Promise.race([stopped, failed.promise, refused.promise]);
  if (end instanceof Error) logger.fatal({ err: end }, 'stopping: a part failed for good');
  else terminal.out(`\n${end}: stopping`);
  await running.stop();
  if (end instanceof Error) throw new ExitCode(1);
  terminal.out('stopped; the next start goes on from here');
}
