import { collectDefaultMetrics, Registry } from 'prom-client';
import { createThreadReader } from '../../console/reader/thread-reader.ts';
import { openHistoryReader } from '../../history/history-reader.ts';
import { LogError } from '../../stream/embedded/log-error.ts';
import { assertConsoleConfig } from '../console/console.ts';
import { followFile } from '../console/follow-log.ts';
import { createRemoteSaccade } from '../console/remote-saccade.ts';
import { createRuleTrial } from '../console/rule-trial.ts';
import { controlSocketPath } from '../http/control-server.ts';
import { assertListenable, createStatusServer } from '../http/status-server.ts';
import { createLifecycle } from '../lifecycle.ts';
import { databasePath } from '../open-log.ts';
import { StartError } from '../start-error.ts';
import { createConsoleOver, remoteChecks, unknownView } from './console-over.ts';
import { createKafkaConsoleProcess } from './kafka-console-process.ts';
import type { ProcessOptions, SaccadeProcess } from './saccade-process.ts';

const stopTimeoutMs = 10_000;

/**
 * `saccade console`: the web console alone, over the data folder of a `saccade notify` or `saccade start` that runs
 * beside it with `console.enabled: false`. It only reads there; what people do goes through the control socket. So a
 * busy console, or one that faces more people, takes nothing from the process that pages. Over Kafka with PostgreSQL it
 * needs neither folder nor neighbour: see `createKafkaConsoleProcess`.
 */
export async function createConsoleProcess(options: ProcessOptions): Promise<SaccadeProcess> {
  const { loaded } = options;
  const { config, dataDirectory } = loaded;
  if (config.kafka !== undefined && config.history.postgres !== undefined)
    return createKafkaConsoleProcess(options);
  await assertListenable(options.listen ?? config.listen);
  // Switched off is the one within the other process; this one was asked for.
  const consoleConfig = { ...config.console, enabled: true };
  await assertConsoleConfig(consoleConfig, loaded.directory, config.kubernetes);
  assertHistory(dataDirectory);
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const remote = createRemoteSaccade({
    socketPath: controlSocketPath(dataDirectory),
    unknown: unknownView(options),
  });
  const status = createStatusServer({
    listen: options.listen ?? config.listen,
    registry,
    health: () => [],
    readiness: () => remoteChecks(remote),
  });
  const path = databasePath(dataDirectory);
  const console = createConsoleOver(options, consoleConfig, {
    remote,
    reader: createThreadReader({ path }),
    follow: followFile(path),
    replay: createRuleTrial(path),
  });
  const lifecycle = createLifecycle([status, remote, console], { stopTimeoutMs });
  return {
    async start() {
      await lifecycle.start();
      return {
        statusUrl: status.url(),
        lines: [`console ${console.url() ?? ''}`, `reads   ${dataDirectory}`],
      };
    },
    stop: () => lifecycle.stop(),
  };
}

function assertHistory(dataDirectory: string): void {
  try {
    openHistoryReader(databasePath(dataDirectory))[Symbol.dispose]();
  } catch (error) {
    if (!(error instanceof LogError)) throw error;
    throw new StartError(
      error.message,
      'Start saccade notify (or saccade start) first, on the same data folder: --data, or "data" in the configuration.',
      { cause: error },
    );
  }
}
