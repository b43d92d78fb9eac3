import { setTimeout as sleep } from 'node:timers/promises';
import type { CloudEvent } from '../cloud-event.ts';
import type { Clock } from '../clock.ts';
import { createDeadLetter } from '../embedded/dead-letter.ts';
import type { EmbeddedLog } from '../embedded/embedded-log.ts';
import { LogError } from '../embedded/log-error.ts';
import { tickType } from '../events/control.ts';
import type { Output, Topic } from '../port.ts';
import type { StreamLogger } from '../stream-logger.ts';
import type { EventValidator } from '../validate-event.ts';
import type {
  GroupConsumer,
  IncomingBatch,
  IncomingMessage,
  KafkaAdmin,
  KafkaClient,
} from './client/port.ts';
import { decodeEvent } from './event-codec.ts';
import { KafkaError } from './kafka-error.ts';
import type { KafkaMetrics } from './kafka-metrics.ts';
import type { TopicPlan } from './topic-plan.ts';

export interface MirrorOptions {
  readonly client: KafkaClient;
  readonly admin: KafkaAdmin;
  readonly plan: TopicPlan;
  readonly group: string;
  readonly topics: readonly Topic[];
  readonly log: EmbeddedLog;
  /** Which events are of interest here; ticks never are: the log has its own. */
  readonly accepts: (topic: Topic, event: CloudEvent) => boolean;
  /** What is stored of an event; default: as it came. */
  readonly adapt?: (event: CloudEvent) => CloudEvent;
  /** Where it begins the first time. `end`: what came before is of no use any more. */
  readonly firstFrom: 'beginning' | 'end';
  readonly validate: EventValidator;
  readonly clock: Clock;
  readonly logger: StreamLogger;
  readonly metrics: KafkaMetrics;
  readonly onFatal: (error: Error) => void;
  /** Another process of the same group has the topics now. */
  readonly onTakenOver: () => void;
}

export interface Mirror {
  start(): void;
  stop(): Promise<void>;
  /** Resolves once this process is the one that reads, and has everything that there was at that moment. */
  caughtUp(): Promise<void>;
  /** Records behind, as of the last look; undefined: in reserve, another process reads. */
  lag(): number | undefined;
}

const firstRetryMs = 200;
const maxRetryMs = 10_000;

/**
 * Copies topics into the log of this process. Records and the place in Kafka are one transaction of the log, so
 * each is there once; several topics get one order by it, which is the order that the stages of this process see,
 * now and after a restart.
 */
export function createMirror(options: MirrorOptions): Mirror {
  return new LogMirror(options);
}

class LogMirror implements Mirror {
  readonly #options: MirrorOptions;
  readonly #stopping = new AbortController();
  readonly #goals = new Map<string, number>();
  readonly #caughtUp = Promise.withResolvers<void>();
  #consumer: GroupConsumer | undefined;
  #rejoin: PromiseWithResolvers<void> = Promise.withResolvers();
  #loop: Promise<void> = Promise.resolve();
  #active = false;

  constructor(options: MirrorOptions) {
    this.#options = options;
  }

  start(): void {
    this.#loop = this.#run();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#rejoin.resolve();
    await this.#loop;
  }

  caughtUp(): Promise<void> {
    return this.#caughtUp.promise;
  }

  lag(): number | undefined {
    if (!this.#active) return undefined;
    return [...this.#goals].reduce((sum, [place, goal]) => sum + Math.max(0, goal - this.#next(place)), 0);
  }

  async #run(): Promise<void> {
    let retryMs = firstRetryMs;
    while (!this.#stopping.signal.aborted) {
      this.#rejoin = Promise.withResolvers();
      const joined = await this.#join();
      if (joined) {
        retryMs = firstRetryMs;
        await this.#rejoin.promise;
      }
      const consumer = this.#consumer;
      this.#consumer = undefined;
      await consumer
        ?.stop()
        .catch((error: unknown) => this.#options.logger.warn({ err: error }, 'leaving the group failed'));
      await sleep(retryMs, undefined, { signal: this.#stopping.signal }).catch(() => undefined);
      if (!joined) retryMs = Math.min(retryMs * 2, maxRetryMs);
    }
  }

  async #join(): Promise<boolean> {
    const { client, group, topics, plan, logger, metrics } = this.#options;
    const failed = (error: Error): void => {
      const code = error instanceof KafkaError ? error.code : 'KAFKA_INTERNAL';
      metrics.failed('consume', code);
      logger.warn({ group, code }, `waiting for Kafka: ${error.message}`);
    };
    try {
      const starts = await this.#findStarts();
      const consumer = client.createGroupConsumer({
        group,
        topics: topics.map((topic) => plan.physical(topic)),
        sole: true,
        owned: () => (this.#active ? [0] : []),
        onAssigned: (partitions) => this.#assigned(partitions, starts),
        onBatch: (batch) => this.#onBatch(batch),
        onCrash: (error) => {
          failed(error);
          this.#rejoin.resolve();
        },
      });
      this.#consumer = consumer;
      await consumer.start();
      return true;
    } catch (error) {
      if (!(error instanceof KafkaError)) throw error;
      if (!error.retryable) this.#options.onFatal(error);
      failed(error);
      return false;
    }
  }

  /** By place: where to read on, and what there is to read until this process is up to date. */
  async #findStarts(): Promise<ReadonlyMap<string, number>> {
    const { admin, plan, topics, firstFrom } = this.#options;
    const starts = new Map<string, number>();
    await admin.connect();
    for (const topic of topics) {
      const offsets = await admin.offsets(plan.physical(topic));
      for (const [partition, { low, end }] of offsets.entries()) {
        const place = `${topic}/${partition}`;
        const known = this.#next(place);
        const first = firstFrom === 'end' ? end : low;
        // 0 is also "never noted"; a noted place is beyond the beginning.
        starts.set(place, known === 0 ? first : Math.max(known, low));
        this.#goals.set(place, end);
      }
    }
    return starts;
  }

  #assigned(partitions: readonly number[], starts: ReadonlyMap<string, number>): void {
    if (this.#stopping.signal.aborted) return;
    const was = this.#active;
    this.#active = partitions.length > 0;
    if (was && !this.#active) return this.#options.onTakenOver();
    if (!this.#active)
      return this.#options.logger.info(
        { group: this.#options.group },
        'in reserve: another process of the group reads',
      );
    for (const [place, start] of starts) {
      const [topic = 'signals', partition = '0'] = place.split('/') as [Topic, string];
      this.#consumer?.seek(
        this.#options.plan.physical(topic),
        Number(partition),
        Math.max(start, this.#next(place)),
      );
      if (start >= (this.#goals.get(place) ?? 0)) this.#goals.delete(place);
    }
    this.#settle();
  }

  async #onBatch({ topic: physical, partition, messages }: IncomingBatch): Promise<void> {
    const topic = this.#options.plan.logical(physical);
    const last = messages.at(-1);
    if (topic === undefined || last === undefined) return;
    const place = `${topic}/${partition}`;
    const next = this.#next(place);
    const outputs = messages
      .filter(({ offset }) => offset >= next)
      .flatMap((message) => this.#outputsOf(topic, partition, message));
    await this.#store(place, outputs, last.offset + 1);
    if (last.offset + 1 >= (this.#goals.get(place) ?? 0)) this.#goals.delete(place);
    this.#settle();
  }

  #outputsOf(topic: Topic, partition: number, message: IncomingMessage): readonly Output[] {
    const { validate, accepts, adapt = (event) => event, metrics } = this.#options;
    const decoded = decodeEvent(message);
    const reason = decoded.ok ? validate(decoded.event) : decoded.reason;
    if (decoded.ok && (decoded.event.type === tickType || !accepts(topic, decoded.event))) return [];
    if (decoded.ok && reason === undefined) return [{ topic, event: adapt(decoded.event) }];
    metrics.deadLetter('mirror');
    const { offset, timestampMs: timeMs } = message;
    const event = decoded.ok ? decoded.event : decoded.text;
    return [
      {
        topic: 'dead',
        event: createDeadLetter({
          stage: 'mirror',
          reason: reason ?? '',
          topic,
          partition,
          offset,
          event,
          timeMs,
        }),
      },
    ];
  }

  /** A full disk holds the mirror back, and loses nothing. */
  async #store(place: string, outputs: readonly Output[], next: number): Promise<void> {
    const { log, clock, onFatal } = this.#options;
    while (!this.#stopping.signal.aborted) {
      try {
        log.transact((emit) => {
          for (const output of outputs) emit(output);
          log.stages.setOffset(nameOf(place), next, clock.nowMs());
        });
        return;
      } catch (error) {
        if (!(error instanceof LogError) || !error.retryable) {
          onFatal(error instanceof Error ? error : new Error(String(error)));
          return;
        }
        await sleep(firstRetryMs, undefined, { signal: this.#stopping.signal }).catch(() => undefined);
      }
    }
  }

  #next(place: string): number {
    return this.#options.log.stages.offset(nameOf(place));
  }

  #settle(): void {
    if (this.#active && this.#goals.size === 0) this.#caughtUp.resolve();
  }
}

const nameOf = (place: string): string => `kafka/mirror/${place}`;
