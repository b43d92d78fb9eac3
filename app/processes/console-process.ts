import { collectDefaultMetrics, Registry } from 'prom-client';
import { createThreadReader } from '../../console/reader/thread-reader.ts';
import { openHistoryReader } from '../../history/history-reader.ts';
import { LogError } from '../../stream/embedded/log-error.ts';
import { assertConsoleConfig, createConsole, type Console } from '../console/console.ts';
import { createConsoleActions } from '../console/console-actions.ts';
import { followFile } from '../console/follow-log.ts';
import { createLiveChanges } from '../console/live-changes.ts';
import { createPacketReader } from '../console/packet-list.ts';
import { createRemoteSaccade, type RemoteSaccade } from '../console/remote-saccade.ts';
import { checkDraft, createRuleTrial } from '../console/rule-trial.ts';
import type { ConsoleView } from '../http/console-routes.ts';
import { controlSocketPath } from '../http/control-server.ts';
import { assertListenable, createStatusServer } from '../http/status-server.ts';
import { createLifecycle } from '../lifecycle.ts';
import { openCaptureFiles } from '../open-capture-files.ts';
import { databasePath } from '../open-log.ts';
import { packageVersion } from '../package-root.ts';
import { StartError } from '../start-error.ts';
import type { ProcessOptions, SaccadeProcess } from './saccade-process.ts';

const stopTimeoutMs = 10_000;

/**
 * `saccade console`: the web console alone, over the data folder of a `saccade notify` or `saccade start` that runs
 * beside it with `console.enabled: false`. It only reads there; what people do goes through the control socket. So a
 * busy console, or one that faces more people, takes nothing from the process that pages.
 */
export async function createConsoleProcess(options: ProcessOptions): Promise<SaccadeProcess> {
  const { loaded } = options;
  const { config, dataDirectory } = loaded;
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
    readiness: () =>
      remote
        .view()
        .status.stages.map(({ name, ok, reason }) => ({ name, ok, reason: reason === '' ? 'on' : reason })),
  });
  const console = createConsoleOver(options, remote, consoleConfig);
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

function createConsoleOver(
  { loaded, logger }: ProcessOptions,
  remote: RemoteSaccade,
  config: ProcessOptions['loaded']['config']['console'],
): Console {
  const path = databasePath(loaded.dataDirectory);
  const nowMs = (): number => Date.now();
  const live = createLiveChanges({
    follow: followFile(path),
    onError: (error) => logger.error({ err: error }, 'console: pages are not told of changes; trying again'),
  });
  const console = createConsole({
    config,
    directory: loaded.directory,
    kubernetes: loaded.config.kubernetes,
    logger,
    ports: {
      reader: createThreadReader({ path }),
      actions: createConsoleActions({
        control: remote.control,
        notify: { silences: () => remote.view().silences },
        maxCaptureBytes: loaded.config.captures.max_bytes,
        nowMs,
      }),
      rules: {
        list: () => remote.view().rules,
        refused: () => remote.view().refused,
        check: checkDraft,
        replay: createRuleTrial(path),
      },
      packets: createPacketReader(openCaptureFiles(loaded)),
      onChange: (listener) => live.onChange(listener),
      status: () => remote.view().status,
      nowMs,
    },
  });
  return {
    ...console,
    async stop() {
      await console.stop();
      await live.stop();
    },
  };
}

/** Before anybody has answered, and while nobody does, the console says so on its status page. */
const unknownView =
  ({ loaded }: ProcessOptions, startedAtMs = Date.now()) =>
  (reason: string): ConsoleView => ({
    status: {
      version: packageVersion,
      cluster: loaded.config.cluster,
      node: loaded.config.node,
      started_at_ms: startedAtMs,
      stages: [{ name: 'notify', ok: false, lag: 0, reason }],
      receivers: [],
      parts: [],
      default_receivers: false,
    },
    rules: [],
    refused: [],
    silences: [],
  });

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
