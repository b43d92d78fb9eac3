import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import type { ChartMaker } from '../notifiers/chart/chart-maker.ts';
import { systemClock } from '../notifiers/clock.ts';
import type { NotifyConfig } from '../notifiers/config/notify-config.ts';
import { createNotifiers } from '../notifiers/create-notifiers.ts';
import { createPressHandler } from '../notifiers/actions/create-press-handler.ts';
import { createListeners } from '../notifiers/create-listeners.ts';
import { createDailyDigest, type DigestSource } from '../notifiers/digest/daily-digest.ts';
import { createHeartbeat } from '../notifiers/heartbeat.ts';
import { createNotifyMetrics } from '../notifiers/notify-metrics.ts';
import { createOutboxSender, type OutboxSender } from '../notifiers/outbox/outbox-sender.ts';
import type { NotifyStage } from '../notifiers/stage/notify-stage.ts';
import type { Producer } from '../stream/port.ts';
import type { Component } from './lifecycle.ts';

export interface PagerOptions {
  readonly config: NotifyConfig;
  /** Paths in the configuration are relative to it. */
  readonly directory: string;
  readonly stage: NotifyStage;
  readonly producer: Producer;
  readonly registry: Registry;
  readonly logger: Logger;
  /** Where a terminal receiver writes. */
  readonly output: { write(text: string): unknown; readonly isTTY?: boolean };
  readonly history: DigestSource;
  readonly charts: ChartMaker;
  /** Observations that entered the stream: one end of the pipe that the heartbeat vouches for. */
  readonly observed: () => number;
}

/** Sends what the notify stage has decided, and the heartbeat while events move. */
export interface Pager extends Component {
  readonly receivers: readonly string[];
  health(): ReturnType<OutboxSender['health']>;
}

export function createPager(options: PagerOptions): Pager {
  const { config, stage, producer, registry, logger } = options;
  const notifiers = createNotifiers(config, {
    environment: process.env,
    directory: options.directory,
    nowMs: () => systemClock.nowMs(),
    output: options.output,
    charts: options.charts,
  });
  const metrics = createNotifyMetrics(registry, () => sender);
  const sender: OutboxSender = createOutboxSender({
    stage,
    producer,
    notifiers,
    clock: systemClock,
    random: Math.random,
    onPhase: metrics.onPhase,
    onAppendFailure: (error) =>
      logger.error({ err: error }, 'the outcome of a notification could not be recorded yet'),
  });
  const heartbeat =
    config.heartbeat &&
    createHeartbeat({
      ...config.heartbeat,
      progress: [options.observed, () => stage.processed()],
      clock: systemClock,
      fetch,
      onBeat: (outcome) => {
        if (outcome !== 'sent') logger.warn({ outcome }, 'no heartbeat was sent');
      },
    });

  const digest =
    config.digest &&
    createDailyDigest({
      ...config.digest,
      timezone: config.digest.timezone,
      spanMs: config.digest.span,
      source: options.history,
      producer,
      onFailure: (error) => logger.error({ err: error }, 'the digest could not be made'),
    });
  const listeners = createListeners(config, {
    environment: process.env,
    directory: options.directory,
    nowMs: () => systemClock.nowMs(),
    onPress: createPressHandler({
      firingOf: (groupId) => stage.firingOf(groupId),
      producer,
      nowMs: () => systemClock.nowMs(),
    }),
    onTrouble: createTroubleLog(logger),
  });

  return {
    name: 'outbox',
    receivers: [...notifiers.keys()],
    health: () => sender.health(),
    async start() {
      await sender.start();
      for (const listener of listeners) await listener.start();
      heartbeat?.start();
      digest?.start();
    },
    async stop() {
      await digest?.stop();
      await heartbeat?.stop();
      await Promise.all(listeners.map((listener) => listener.stop()));
      await sender.stop();
    },
  };
}

/** Told at 1, 2, 4, 8, …: a port that may be public must not fill the log. */
function createTroubleLog(logger: Logger): (receiver: string, reason: string) => void {
  const times = new Map<string, number>();
  return (receiver, reason) => {
    const count = (times.get(receiver) ?? 0) + 1;
    times.set(receiver, count);
    if ((count & (count - 1)) === 0)
      logger.warn({ receiver, reason, times: count }, 'people are not heard as they should be');
  };
}
