import type { Logger } from 'pino';
import type { ConsoleStatus } from '../../console/ports.ts';
import type { EmbeddedLog } from '../../stream/embedded/embedded-log.ts';
import type { LoadedConfig } from '../config/load-config.ts';
import type { createControl } from '../control.ts';
import type { ConsoleView } from '../http/console-routes.ts';
import type { Observer } from '../observer.ts';
import { openCaptureFiles } from '../open-capture-files.ts';
import { databasePath } from '../open-log.ts';
import { postgresUrl } from '../open-postgres.ts';
import { packageVersion } from '../package-root.ts';
import type { Pager } from '../pager.ts';
import type { Pipeline } from '../pipeline.ts';
import type { RuleService } from '../rule-service.ts';
import { createConsoleActions } from './console-actions.ts';
import { createConsole, type Console } from './console.ts';
import { followLog } from './follow-log.ts';
import { createHistoryTrial } from './history-trial.ts';
import { createHistoryConsoleReader } from './history-console-reader.ts';
import { createLiveChanges } from './live-changes.ts';
import { createPacketReader } from './packet-list.ts';
import { createRuleList } from './rule-list.ts';
import { checkDraft, createRuleTrial } from './rule-trial.ts';

export interface EmbeddedConsoleOptions {
  readonly loaded: LoadedConfig;
  readonly log: EmbeddedLog;
  readonly pipeline: Pick<Pipeline, 'host' | 'judge' | 'notify'>;
  readonly pager: Pick<Pager, 'health'>;
  readonly observer: Pick<Observer, 'parts'>;
  readonly rules: Pick<RuleService, 'current' | 'refused'>;
  readonly control: ReturnType<typeof createControl>;
  readonly logger: Logger;
}

export interface EmbeddedConsole extends Console {
  /** For a console in a process of its own. */
  view(): ConsoleView;
}

/** The console of a Saccade that runs in this process. */
export function createEmbeddedConsole(options: EmbeddedConsoleOptions): EmbeddedConsole {
  const { loaded, log, pipeline, rules, logger } = options;
  const { config, dataDirectory } = loaded;
  const nowMs = (): number => Date.now();
  // Over Kafka the log here has no observations then.
  const url = config.kafka && postgresUrl(loaded);
  const live = createLiveChanges({
    follow: followLog(log),
    onError: (error) => logger.error({ err: error }, 'console: pages are not told of changes; trying again'),
  });
  const listRules = createRuleList(() => rules.current(), pipeline.judge, nowMs);
  const status = createStatus(options, nowMs());
  const console = createConsole({
    config: config.console,
    directory: loaded.directory,
    kubernetes: loaded.config.kubernetes,
    logger,
    ports: {
      reader: createHistoryConsoleReader(loaded, logger),
      actions: createConsoleActions({
        control: options.control,
        notify: pipeline.notify,
        maxCaptureBytes: config.captures.max_bytes,
        nowMs,
      }),
      rules: {
        list: listRules,
        refused: () => rules.refused(),
        check: checkDraft,
        replay: url === undefined ? createRuleTrial(databasePath(dataDirectory)) : createHistoryTrial(url),
      },
      packets: createPacketReader(openCaptureFiles(loaded)),
      onChange: (listener) => live.onChange(listener),
      status,
      nowMs,
    },
  });
  return {
    ...console,
    view: () => ({
      status: status(),
      rules: listRules(),
      refused: rules.refused(),
      silences: pipeline.notify.silences(),
    }),
    async stop() {
      await console.stop();
      await live.stop();
    },
  };
}

function createStatus(options: EmbeddedConsoleOptions, startedAtMs: number): () => ConsoleStatus {
  const { pipeline, pager, observer, loaded } = options;
  return () => ({
    version: packageVersion,
    cluster: loaded.config.cluster,
    node: loaded.config.node,
    started_at_ms: startedAtMs,
    stages: pipeline.host.health().map(({ stage, ok, lag, reason }) => ({ name: stage, ok, lag, reason })),
    receivers: pager
      .health()
      .map(({ name, ready, waiting, reason }) => ({ name, ready, waiting, reason: reason ?? '' })),
    parts: observer.parts(),
    default_receivers: loaded.notify.defaulted,
  });
}
