import type { ConnectionOptions } from 'node:tls';
import kafkajs, { type SASLOptions } from 'kafkajs';
import { KafkajsAdmin } from './kafkajs-admin.ts';
import { KafkajsConsumer, type ConsumerTuning } from './kafkajs-consumer.ts';
import { KafkajsFencedWriter, KafkajsSender } from './kafkajs-sender.ts';
import type { KafkaClient } from './port.ts';
import { registerZstd } from './zstd-codec.ts';

export interface KafkaSignIn {
  readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512';
  readonly username: string;
  readonly password: string;
}

export interface KafkajsClientOptions {
  readonly brokers: readonly string[];
  readonly clientId: string;
  readonly tls?: ConnectionOptions | undefined;
  readonly sasl?: KafkaSignIn | undefined;
  readonly tuning?: Partial<ConsumerTuning>;
}

const defaultTuning: ConsumerTuning = { sessionTimeoutMs: 10_000, maxWaitMs: 250, concurrency: 16 };

export function createKafkajsClient(options: KafkajsClientOptions): KafkaClient {
  registerZstd();
  const { brokers, clientId, tls, sasl } = options;
  const tuning = { ...defaultTuning, ...options.tuning };
  const kafka = new kafkajs.Kafka({
    brokers: [...brokers],
    clientId,
    ...(tls !== undefined && { ssl: tls }),
    ...(sasl !== undefined && { sasl: { ...sasl } as SASLOptions }),
    connectionTimeout: 3_000,
    requestTimeout: 10_000,
    retry: { initialRetryTime: 100, maxRetryTime: 2_000, retries: 4 },
    // Every failure reaches its caller as an error with its cause; what kafkajs logs beside it are its retries.
    logLevel: kafkajs.logLevel.NOTHING,
  });
  // The coordinator answers CONCURRENT_TRANSACTIONS until the one before is settled: asked again soon, it is short.
  const soon = { initialRetryTime: 30, maxRetryTime: 1_000, retries: 12 };
  return {
    createAdmin: () => new KafkajsAdmin(kafka.admin()),
    createSender: () => new KafkajsSender(kafka),
    createFencedWriter: (id) => new KafkajsFencedWriter(kafka, id, soon),
    createGroupConsumer: (group) => new KafkajsConsumer(kafka, group, tuning),
  };
}
