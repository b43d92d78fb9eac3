import { retryPatiently } from '../retry-patiently.ts';
import type { StreamLogger } from '../stream-logger.ts';
import type { KafkaSender, OutgoingMessage } from './client/port.ts';
import { KafkaError } from './kafka-error.ts';
import type { KafkaMetrics } from './kafka-metrics.ts';

export interface PatientSenderOptions {
  readonly sender: KafkaSender;
  readonly logger: StreamLogger;
  readonly metrics: Pick<KafkaMetrics, 'failed'>;
}

/** Sends until the broker has taken it, the error is final, or `signal` says that it is of no use any more. */
export class PatientSender {
  readonly #options: PatientSenderOptions;
  #failing = false;

  constructor(options: PatientSenderOptions) {
    this.#options = options;
  }

  async send(messages: readonly OutgoingMessage[], signal: AbortSignal): Promise<void> {
    await retryPatiently(() => this.#options.sender.send(messages), {
      signal,
      isRetryable: (error) => error instanceof KafkaError && error.retryable,
      onFailure: (error) => this.#note(error as KafkaError),
    });
    this.#failing = false;
  }

  /** The first of a row of failures is worth a line, all are worth a count. */
  #note(error: KafkaError): void {
    this.#options.metrics.failed('send', error.code);
    if (!this.#failing)
      this.#options.logger.warn({ code: error.code }, `events wait for Kafka: ${error.message}`);
    this.#failing = true;
  }
}
