import { createCaptureStage } from '../agent/captures/capture-stage.ts';
import { createJudgeStage, type JudgeStage } from '../engine/judge.ts';
import { createRespondStage } from '../engine/respond.ts';
import { createHistory, type History } from '../history/history.ts';
import { createNotifyStage, type NotifyStage } from '../notifiers/stage/notify-stage.ts';
import type { NotifyConfig } from '../notifiers/config/notify-config.ts';
import { compileRules } from '../rules/compile.ts';
import type { Compile } from '../rules/compile-once.ts';
import { systemClock } from '../stream/clock.ts';
import { createEmbeddedHost, type EmbeddedHost } from '../stream/embedded/embedded-host.ts';
import type { EmbeddedLog } from '../stream/embedded/embedded-log.ts';
import type { Stage } from '../stream/port.ts';
import type { StreamLogger } from '../stream/stream-logger.ts';
import type { StreamMetrics } from '../stream/stream-metrics.ts';
import type { Config } from './config/schema.ts';
import type { CapturesHere } from './eyes.ts';
import { historyLimits } from './history-limits.ts';
import type { Component } from './lifecycle.ts';

export interface PipelineOptions {
  readonly log: EmbeddedLog;
  readonly config: Config;
  readonly notify: NotifyConfig;
  /** Default: compiles anew each time. */
  readonly compile?: Compile;
  /** undefined: they are carried out elsewhere. */
  readonly captures: CapturesHere | undefined;
  /** Stages beside those of the chain; they see what the chain puts out. */
  readonly furtherStages: readonly Stage[];
  readonly logger: StreamLogger;
  readonly metrics: StreamMetrics;
  /** What was left out or bounded; reasons are a fixed set, fit for metric labels. */
  readonly onLeftOut: (stage: 'notify' | 'record', reason: string, count: number) => void;
  /** A stage or an append failed for good: the process must end; a restart goes on from the last commit. */
  readonly onFatal: (error: Error) => void;
}

/** The chain of event functions in one process, over one log. */
export interface Pipeline extends Component {
  readonly host: EmbeddedHost;
  readonly judge: JudgeStage;
  readonly notify: NotifyStage;
  readonly history: History;
}

export function createPipeline(options: PipelineOptions): Pipeline {
  const { log, config, logger, metrics, onFatal } = options;
  const judge = createJudgeStage({ compile: options.compile ?? compileRules });
  const respond = createRespondStage();
  const notify = createNotifyStage({
    config: options.notify,
    consoleUrl: config.console.url ?? config.console.oidc?.url,
    onCount: (reason) => options.onLeftOut('notify', reason, 1),
  });
  const capture = options.captures && captureStage(options, options.captures);
  const history = createHistory({
    database: log.database,
    clock: systemClock,
    limits: historyLimits(config),
    logger,
    onDropped: (count) => options.onLeftOut('record', 'series', count),
  });
  // In the order of the flow: what one stage puts out, the next takes in the same pass.
  const stages = [
    judge,
    respond,
    ...(capture ? [capture] : []),
    notify,
    ...options.furtherStages,
    history.stage,
  ];
  const host = createEmbeddedHost({ log, stages, clock: systemClock, logger, metrics, onFatal });

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

  return { name: 'stages', start, stop, host, judge, notify, history };
}

function captureStage({ log, config, onFatal }: PipelineOptions, captures: CapturesHere): Stage {
  return createCaptureStage({
    node: config.node,
    ...captures,
    producer: log,
    nowMs: () => systemClock.nowMs(),
    onError: (error) => onFatal(error instanceof Error ? error : new Error(String(error))),
  });
}
