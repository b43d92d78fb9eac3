import { join } from 'node:path';
import { createJudgeStage } from '../../engine/judge.ts';
import { createNotifiers } from '../../notifiers/create-notifiers.ts';
import type { NotifyConfig } from '../../notifiers/config/notify-config.ts';
import { createOutboxSender } from '../../notifiers/outbox/outbox-sender.ts';
import { createNotifyStage } from '../../notifiers/stage/notify-stage.ts';
import { compileRules } from '../../rules/compile.ts';
import { createEmbeddedHost } from '../../stream/embedded/embedded-host.ts';
import { type EmbeddedLog, openEmbeddedLog } from '../../stream/embedded/embedded-log.ts';
import { type Transition, transitionType } from '../../stream/events/transition.ts';
import type { StreamRecord } from '../../stream/port.ts';
import type { VirtualClock } from './virtual-clock.ts';

export interface PlayOptions {
  /** Empty; it gets the log. */
  readonly directory: string;
  readonly records: readonly StreamRecord[];
  readonly notify: NotifyConfig;
  readonly environment: NodeJS.ProcessEnv;
  readonly clock: VirtualClock;
  readonly onRecord: (record: StreamRecord) => void;
  readonly signal: AbortSignal;
}

const readLimit = 100_000;

/**
 * Feeds records into the real judge and the real notifiers over a log of their own, each at its time, each judged
 * before the next comes in, so that the order is that of the recording. Ticks are among the records: the host makes
 * none. Resolves to the transitions that came of it.
 */
export async function playRecords(options: PlayOptions): Promise<readonly Transition[]> {
  const { clock, records, signal } = options;
  let appendMs = records[0]?.appendedAtMs ?? 0;
  await using log = openEmbeddedLog({
    path: join(options.directory, 'saccade.db'),
    clock: { nowMs: () => appendMs },
  });
  const failed = new AbortController();
  const notify = createNotifyStage({ config: options.notify });
  await using host = createEmbeddedHost({
    log,
    stages: [createJudgeStage({ compile: compileRules }), notify],
    clock,
    tickIntervalMs: 0,
    onFatal: (error) => failed.abort(error),
  });
  host.start();
  await using sender = createSender(options, notify, log);
  await sender.start();
  for (const record of records) {
    await clock.until(record.appendedAtMs, signal);
    signal.throwIfAborted();
    failed.signal.throwIfAborted();
    appendMs = record.appendedAtMs;
    await log.append(record.topic, [record.event]);
    await host.idle();
    options.onRecord(record);
  }
  await untilSent(notify, clock, signal);
  await sender.stop();
  return transitionsIn(log);
}

function createSender(
  options: PlayOptions,
  stage: ReturnType<typeof createNotifyStage>,
  producer: EmbeddedLog,
): ReturnType<typeof createOutboxSender> {
  const { clock, environment } = options;
  const context = { environment, nowMs: () => clock.nowMs(), output: { write: () => true } };
  return createOutboxSender({
    stage,
    producer,
    notifiers: createNotifiers(options.notify, context),
    clock,
    random: Math.random,
  });
}

/** The last messages may still be on their way when the last record is in. */
async function untilSent(
  stage: ReturnType<typeof createNotifyStage>,
  clock: VirtualClock,
  signal: AbortSignal,
): Promise<void> {
  const giveUpMs = clock.nowMs() + 60_000;
  const waiting = (): boolean => stage.outbox.jobs()[Symbol.iterator]().next().done !== true;
  while (waiting() && clock.nowMs() < giveUpMs && !signal.aborted) await clock.sleep(200, signal);
}

function transitionsIn(log: EmbeddedLog): readonly Transition[] {
  return log.records
    .read(['alerts'], 0, readLimit)
    .flatMap((entry) =>
      entry.kind === 'record' && entry.record.event.type === transitionType
        ? [entry.record.event.data as Transition]
        : [],
    );
}
