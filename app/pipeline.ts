import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import { createCaptureStage } from '../agent/captures/capture-stage.ts';
import { createJudgeStage, type JudgeStage } from '../engine/judge.ts';
import { createRespondStage } from '../engine/respond.ts';
import { createHistory, type History } from '../history/history.ts';
import { createFiringStage, type FiringStage } from '../kubernetes/resources/firing-stage.ts';
import { createNotifyStage, type NotifyStage } from '../notifiers/stage/notify-stage.ts';
import { compileRules } from '../rules/compile.ts';
import type { Compile } from '../rules/compile-once.ts';
import { systemClock } from '../stream/clock.ts';
import { createEmbeddedHost, type EmbeddedHost } from '../stream/embedded/embedded-host.ts';
import type { EmbeddedLog } from '../stream/embedded/embedded-log.ts';
import type { Stage } from '../stream/port.ts';
import type { StreamMetrics } from '../stream/stream-metrics.ts';
import { changesStages, factProviders } from './cluster-parts.ts';
import type { ClusterComponent } from './cluster-view.ts';
import type { LoadedConfig } from './config/load-config.ts';
import { createConfirmation } from './confirmation.ts';
import type { CapturesHere } from './eyes.ts';
import { historyLimits } from './history-limits.ts';
import { createLeftOutCounter } from './left-out-counter.ts';
import type { Component } from './lifecycle.ts';
import { createUserFunctions, type UserCode } from './user-functions.ts';

export interface PipelineOptions {
  readonly loaded: LoadedConfig;
  readonly log: EmbeddedLog;
  readonly user: UserCode;
  readonly cluster: ClusterComponent | undefined;
  /** undefined: judges are elsewhere, and what they decide comes into the log. */
  readonly deciding: Deciding | undefined;
  /** Whether it is this process's turn to let time pass; default: always. */
  readonly isPresent?: () => boolean;
  readonly registry: Registry;
  readonly logger: Logger;
  readonly metrics: StreamMetrics;
  /** A stage or an append failed for good: the process must end; a restart goes on from the last commit. */
  readonly onFatal: (error: Error) => void;
}

export interface Deciding {
  readonly compile: Compile;
  /** undefined: they are carried out elsewhere. */
  readonly captures: CapturesHere | undefined;
}

/** The chain of event functions in one process, over one log. */
export interface Pipeline extends Component {
  readonly host: EmbeddedHost;
  /** Without rules and keys where it does not decide. */
  readonly judge: JudgeStage;
  readonly decides: boolean;
  readonly notify: NotifyStage;
  readonly history: History;
  readonly firing: FiringStage;
  /** Calls users' functions; started once the process may have effects. */
  readonly functions: Component;
}

export function createPipeline(options: PipelineOptions): Pipeline {
  const { loaded, log, cluster, deciding, user, registry, logger } = options;
  const { config } = loaded;
  const leftOut = createLeftOutCounter(registry);
  const judge = createJudgeStage({ compile: deciding?.compile ?? compileRules });
  const capture = deciding?.captures && captureStage(options, deciding.captures);
  const notify = createNotifyStage({
    config: loaded.notify,
    consoleUrl: config.console.url ?? config.console.oidc?.url,
    onCount: (reason) => leftOut.inc({ stage: 'notify', reason }, 1),
  });
  const history = createHistory({
    database: log.database,
    clock: systemClock,
    limits: historyLimits(config),
    logger,
    onDropped: (count) => leftOut.inc({ stage: 'record', reason: 'series' }, count),
  });
  const firing = createFiringStage();
  const shared = { producer: log, registry, logger };
  const functions = createUserFunctions({ configs: config.functions, functions: user.functions, ...shared });
  // In the order of the flow: what one stage puts out, the next takes in the same pass.
  const stages = [
    ...(deciding ? [judge, createRespondStage()] : []),
    ...(capture ? [capture] : []),
    notify,
    ...changesStages(cluster, log, logger),
    ...(cluster ? [firing] : []),
    createConfirmation({ providers: factProviders(user.facts, cluster), ...shared }),
    functions.stage,
    history.stage,
  ];
  const { isPresent = () => true, metrics, onFatal } = options;
  const host = createEmbeddedHost({ log, stages, clock: systemClock, isPresent, logger, metrics, onFatal });

  async function start(): Promise<void> {
    host.start();
    // What a restart interrupted is told now, not with the next request.
    capture?.committed?.();
    history.retention.start();
  }

  async function stop(): Promise<void> {
    await history.retention.stop();
    await host.stop();
  }

  return {
    name: 'stages',
    start,
    stop,
    host,
    judge,
    decides: deciding !== undefined,
    notify,
    history,
    firing,
    functions: functions.runner,
  };
}

function captureStage({ loaded, log, onFatal }: PipelineOptions, captures: CapturesHere): Stage {
  return createCaptureStage({
    node: loaded.config.node,
    ...captures,
    producer: log,
    nowMs: () => systemClock.nowMs(),
    onError: (error) => onFatal(error instanceof Error ? error : new Error(String(error))),
  });
}
