import { KafkajsAdmin } from './kafkajs-admin.ts';
import { createKafkajsConnection, type KafkajsConnectionOptions } from './kafkajs-connection.ts';
import { KafkajsConsumer } from './kafkajs-consumer.ts';
import { KafkajsFencedWriter, KafkajsSender } from './kafkajs-sender.ts';
import type { ConsumerTuning, KafkaClient } from './port.ts';

export interface KafkajsClientOptions extends KafkajsConnectionOptions {
  readonly tuning?: Partial<ConsumerTuning>;
}

const defaultTuning: ConsumerTuning = { sessionTimeoutMs: 10_000, maxWaitMs: 250 };

export function createKafkajsClient(options: KafkajsClientOptions): KafkaClient {
  const tuning = { ...defaultTuning, ...options.tuning };
  const connect = () => createKafkajsConnection(options);
  // The coordinator answers CONCURRENT_TRANSACTIONS until the one before is settled: asked again soon, it is short.
  const soon = { initialRetryTime: 30, maxRetryTime: 1_000, retries: 12 };
  return {
    createAdmin: () => new KafkajsAdmin(connect()),
    createSender: () => new KafkajsSender(connect),
    createFencedWriter: (id) => new KafkajsFencedWriter(connect(), id, soon),
    createGroupConsumer: (group) => new KafkajsConsumer(connect(), group, tuning),
  };
}
