import { setTimeout as sleep } from 'node:timers/promises';
import type { StreamLogger } from '../stream-logger.ts';
import type { KafkaSender, OutgoingMessage } from './client/port.ts';
import { KafkaError } from './kafka-error.ts';
import type { KafkaMetrics } from './kafka-metrics.ts';

export interface PatientSenderOptions {
  readonly sender: KafkaSender;
  readonly logger: StreamLogger;
  readonly metrics: Pick<KafkaMetrics, 'failed'>;
}

const firstRetryMs = 100;
const maxRetryMs = 5_000;

/** Sends until the broker has taken it, the error is final, or `signal` says that it is of no use any more. */
export class PatientSender {
  readonly #options: PatientSenderOptions;
  #failing = false;

  constructor(options: PatientSenderOptions) {
    this.#options = options;
  }

  async send(messages: readonly OutgoingMessage[], signal: AbortSignal): Promise<void> {
    for (let retryMs = firstRetryMs; ; retryMs = Math.min(retryMs * 2, maxRetryMs)) {
      signal.throwIfAborted();
      try {
        await this.#options.sender.send(messages);
        this.#failing = false;
        return;
      } catch (error) {
        if (!(error instanceof KafkaError) || !error.retryable) throw error;
        this.#note(error);
        await sleep(retryMs, undefined, { signal });
      }
    }
  }

  /** The first of a row of failures is worth a line, all are worth a count. */
  #note(error: KafkaError): void {
    this.#options.metrics.failed('send', error.code);
    if (!this.#failing)
      this.#options.logger.warn({ code: error.code }, `events wait for Kafka: ${error.message}`);
    this.#failing = true;
  }
}
