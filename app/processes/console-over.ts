import type { ConsoleReader } from '../../console/reader/console-reader.ts';
import type { ReplayView } from '../../console/ports.ts';
import { type Console, createConsole } from '../console/console.ts';
import { createConsoleActions } from '../console/console-actions.ts';
import { createLiveChanges, type FollowLog } from '../console/live-changes.ts';
import { createPacketReader } from '../console/packet-list.ts';
import type { RemoteSaccade } from '../console/remote-saccade.ts';
import { checkDraft } from '../console/rule-trial.ts';
import type { ConsoleView } from '../http/console-routes.ts';
import type { HealthCheck } from '../http/status-server.ts';
import { openCaptureFiles } from '../open-capture-files.ts';
import { packageVersion } from '../package-root.ts';
import type { ProcessOptions } from './saccade-process.ts';

export interface ConsoleParts {
  readonly remote: Pick<RemoteSaccade, 'view' | 'control'>;
  readonly reader: ConsoleReader;
  readonly follow: FollowLog;
  readonly replay: (text: string) => Promise<ReplayView>;
}

/** The console of a Saccade that runs elsewhere. */
export function createConsoleOver(
  { loaded, logger }: ProcessOptions,
  config: ProcessOptions['loaded']['config']['console'],
  { remote, reader, follow, replay }: ConsoleParts,
): Console {
  const nowMs = (): number => Date.now();
  const live = createLiveChanges({
    follow,
    onError: (error) => logger.error({ err: error }, 'console: pages are not told of changes; trying again'),
  });
  const console = createConsole({
    config,
    directory: loaded.directory,
    kubernetes: loaded.config.kubernetes,
    logger,
    ports: {
      reader,
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
        replay,
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

export const remoteChecks = (remote: Pick<RemoteSaccade, 'view'>): readonly HealthCheck[] =>
  remote
    .view()
    .status.stages.map(({ name, ok, reason }) => ({ name, ok, reason: reason === '' ? 'on' : reason }));

/** Before anybody has answered, and while nobody does, the console says so on its status page. */
export const unknownView =
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
