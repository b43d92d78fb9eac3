import { setTimeout as sleep } from 'node:timers/promises';
import type { CloudEvent } from '../cloud-event.ts';
import type { Clock } from '../clock.ts';
import { createDeadLetter } from '../embedded/dead-letter.ts';
import type { EmbeddedLog } from '../embedded/embedded-log.ts';
import { LogError } from '../embedded/log-error.ts';
import { tickType } from '../events/control.ts';
import type { Output, Topic } from '../port.ts';
import type { EventValidator } from '../validate-event.ts';
import { placeOf, type PlacedMessage, type TakenPart } from './catch-up.ts';
import { decodeEvent } from './event-codec.ts';
import type { KafkaMetrics } from './kafka-metrics.ts';

export interface MirrorStoreOptions {
  readonly log: EmbeddedLog;
  /** Which events are of interest here; ticks never are: the log has its own. */
  readonly accepts: (topic: Topic, event: CloudEvent) => boolean;
  /** What is stored of an event; default: as it came. */
  readonly adapt?: (event: CloudEvent) => CloudEvent;
  readonly validate: EventValidator;
  readonly clock: Clock;
  readonly metrics: KafkaMetrics;
}

const retryMs = 200;

/** Records and the place in Kafka are one transaction of the log, so each is there once. */
export class MirrorStore {
  readonly #options: MirrorStoreOptions;

  constructor(options: MirrorStoreOptions) {
    this.#options = options;
  }

  /** Where to read on; 0: nothing is stored of it. */
  next(place: string): number {
    return this.#options.log.stages.offset(nameOf(place));
  }

  /**
   * A full disk holds the mirror back, and loses nothing. Rejects with what no waiting mends, and with the signal's reason
   * once that is aborted.
   */
  async store({ messages, nexts }: TakenPart, signal: AbortSignal): Promise<void> {
    const fresh = messages.filter((one) => one.message.offset >= this.next(placeOf(one)));
    const outputs = fresh.flatMap((one) => this.#outputsOf(one));
    for (;;) {
      signal.throwIfAborted();
      try {
        return this.#transact(outputs, nexts);
      } catch (error) {
        if (!(error instanceof LogError) || !error.retryable) throw error;
        await sleep(retryMs, undefined, { signal });
      }
    }
  }

  #transact(outputs: readonly Output[], nexts: TakenPart['nexts']): void {
    const { log, clock } = this.#options;
    log.transact((emit) => {
      for (const output of outputs) emit(output);
      for (const [place, next] of nexts)
        log.stages.setOffset(nameOf(place), Math.max(next, this.next(place)), clock.nowMs());
    });
  }

  #outputsOf({ topic, partition, message }: PlacedMessage): readonly Output[] {
    const { validate, accepts, adapt = (event) => event, metrics } = this.#options;
    const decoded = decodeEvent(message);
    const reason = decoded.ok ? validate(decoded.event) : decoded.reason;
    if (decoded.ok && (decoded.event.type === tickType || !accepts(topic, decoded.event))) return [];
    if (decoded.ok && reason === undefined) return [{ topic, event: adapt(decoded.event) }];
    metrics.deadLetter('mirror');
    const { offset, timestampMs: timeMs } = message;
    const event = decoded.ok ? decoded.event : decoded.text;
    const dead = { stage: 'mirror', reason: reason ?? '', topic, partition, offset, event, timeMs };
    return [{ topic: 'dead', event: createDeadLetter(dead) }];
  }
}

const nameOf = (place: string): string => `kafka/mirror/${place}`;
