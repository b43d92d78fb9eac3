import { setTimeout as sleep } from 'node:timers/promises';
import { systemClock, type Clock } from '../clock.ts';
import type { StageHealth } from '../embedded/embedded-host.ts';
import type { Output } from '../port.ts';
import { silentLogger, type StreamLogger } from '../stream-logger.ts';
import type { EventValidator } from '../validate-event.ts';
import type { KafkaAdmin, KafkaClient, KafkaSender } from './client/port.ts';
import { ensureTopics } from './ensure-topics.ts';
import { passKafkaPoint, type OnKafkaPoint } from './fault-points.ts';
import { KafkaError } from './kafka-error.ts';
import { noKafkaMetrics, type KafkaMetrics } from './kafka-metrics.ts';
import { PatientSender } from './patient-sender.ts';
import { StageGroup } from './stage-group.ts';
import type { CreateStageInstance } from './stage-instance.ts';
import type { TopicPlan } from './topic-plan.ts';

export interface StageBinding {
  /** The stage's name: of its group and its state. */
  readonly name: string;
  /** The Kafka topic; one that the plan knows. */
  readonly input: string;
  readonly create: CreateStageInstance;
  /** Where an output goes, if not to the place of its topic. */
  readonly route?: (output: Output) => string | undefined;
  /** Its owners tell the time to their partitions. One stage of an input does. */
  readonly tickEveryMs?: number;
}

export interface KafkaHostOptions {
  readonly client: KafkaClient;
  readonly plan: TopicPlan;
  readonly stages: readonly StageBinding[];
  readonly clock?: Clock;
  /** Data of any origin are checked before a stage sees them. */
  readonly validate?: EventValidator;
  readonly maxBatch?: number;
  /** How much a crash makes the successor do again, at most. */
  readonly flushIntervalMs?: number;
  readonly flushRecords?: number;
  readonly stallAfterMs?: number;
  readonly logger?: StreamLogger;
  readonly metrics?: KafkaMetrics;
  readonly onPoint?: OnKafkaPoint;
  /** An unknown error of a stage, or one that no retry mends: the process should end. */
  readonly onFatal: (error: Error) => void;
}

export interface KafkaHost extends AsyncDisposable {
  /** Waits for a broker, creates or checks the topics, begins. Rejects for what a person must mend. */
  start(): Promise<void>;
  /** Flushes, leaves the groups; idempotent. */
  stop(): Promise<void>;
  health(): readonly StageHealth[];
  groups(): readonly StageGroup[];
}

/** Runs stages over Kafka: one consumer group a stage, one stage instance a partition. */
export function createKafkaHost(options: KafkaHostOptions): KafkaHost {
  return new Host(options);
}

const firstWaitMs = 500;
const maxWaitMs = 10_000;

class Host implements KafkaHost {
  readonly #options: KafkaHostOptions;
  readonly #logger: StreamLogger;
  readonly #admin: KafkaAdmin;
  readonly #sender: KafkaSender;
  readonly #tickSender: KafkaSender;
  readonly #groups: readonly StageGroup[];
  readonly #stopping = new AbortController();
  #fault: Error | undefined;
  #stopped: Promise<void> | undefined;

  constructor(options: KafkaHostOptions) {
    this.#options = options;
    this.#logger = options.logger ?? silentLogger;
    this.#admin = options.client.createAdmin();
    this.#sender = options.client.createSender();
    this.#tickSender = options.client.createSender();
    this.#groups = options.stages.map((binding) => this.#createGroup(binding));
  }

  async start(): Promise<void> {
    const { plan, stages } = this.#options;
    const created = await untilBroker(
      async () => {
        await this.#admin.connect();
        return ensureTopics(this.#admin, plan.required(stages));
      },
      { logger: this.#logger, signal: this.#stopping.signal },
    );
    if (created.length > 0) this.#logger.info({ topics: created }, 'topics created');
    for (const group of this.#groups) group.start();
  }

  stop(): Promise<void> {
    return (this.#stopped ??= this.#stopOnce());
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  groups(): readonly StageGroup[] {
    return this.#groups;
  }

  health(): readonly StageHealth[] {
    const { clock = systemClock, stallAfterMs = defaultStallAfterMs } = this.#options;
    return this.#groups.map((group) => {
      const partitions = group.health();
      const lag = partitions.reduce((sum, one) => sum + one.lag, 0);
      const lastProgressMs = Math.min(...partitions.map((one) => one.lastProgressMs), clock.nowMs());
      const still = partitions.filter(
        (one) => one.lag > 0 && clock.nowMs() - one.lastProgressMs > stallAfterMs,
      );
      const reason =
        this.#fault?.message ??
        (still.length > 0 ? `${still.length} partitions stand still for more than ${stallAfterMs} ms` : '');
      return { stage: group.name, lag, lastProgressMs, ok: reason === '', reason };
    });
  }

  #createGroup({ name, input, create, tickEveryMs, route = () => undefined }: StageBinding): StageGroup {
    const { client, plan, clock = systemClock, validate, metrics = noKafkaMetrics } = this.#options;
    return new StageGroup({
      name,
      group: `${plan.prefix}.${name}`,
      client,
      admin: this.#admin,
      plan,
      inputTopic: input,
      route,
      stateTopic: plan.state(name),
      create,
      tickEveryMs,
      sender: new PatientSender({ sender: this.#sender, logger: this.#logger, metrics }),
      tickSender: this.#tickSender,
      validate,
      clock,
      logger: this.#logger,
      metrics,
      onPoint: this.#options.onPoint ?? passKafkaPoint,
      maxBatch: this.#options.maxBatch ?? 256,
      flushIntervalMs: this.#options.flushIntervalMs ?? 1_000,
      flushRecords: this.#options.flushRecords ?? 20_000,
      stallAfterMs: this.#options.stallAfterMs ?? defaultStallAfterMs,
      onFatal: (error) => this.#fail(error),
    });
  }

  #fail(error: Error): void {
    if (this.#fault !== undefined) return;
    this.#fault = error;
    this.#logger.error({ err: error }, 'the stream host has stopped');
    this.#options.onFatal(error);
  }

  async #stopOnce(): Promise<void> {
    this.#stopping.abort();
    await Promise.all(this.#groups.map((group) => group.stop()));
    await Promise.all([this.#sender.close(), this.#tickSender.close(), this.#admin.close()]);
  }
}

const defaultStallAfterMs = 30_000;

export interface UntilBrokerOptions {
  readonly logger: StreamLogger;
  readonly signal: AbortSignal;
}

/** Tries until a broker answers, and says that it waits; rejects for what no waiting mends. */
export async function untilBroker<T>(
  work: () => Promise<T>,
  { logger, signal }: UntilBrokerOptions,
): Promise<T> {
  for (let waitMs = firstWaitMs; ; waitMs = Math.min(waitMs * 2, maxWaitMs)) {
    signal.throwIfAborted();
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof KafkaError) || !error.retryable) throw error;
      logger.warn({ code: error.code, retry_ms: waitMs }, `waiting for Kafka: ${error.message}`);
      await sleep(waitMs, undefined, { signal });
    }
  }
}
