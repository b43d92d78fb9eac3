import type { ConnectionOptions } from 'node:tls';
import kafkajs, { type Kafka, type SASLOptions } from 'kafkajs';
import { checkOnlyPendingRequests } from './kafkajs-request-queue.ts';
import { OwnedSockets } from './owned-sockets.ts';
import type { KafkaSignIn } from './sign-in.ts';
import { registerZstd } from './zstd-codec.ts';

export interface KafkajsConnectionOptions {
  readonly brokers: readonly string[];
  readonly clientId: string;
  readonly tls?: ConnectionOptions | undefined;
  readonly sasl?: KafkaSignIn | undefined;
}

/** kafkajs for one producer, consumer or admin, and the sockets that are to end with it. */
export interface KafkajsConnection {
  readonly kafka: Kafka;
  readonly sockets: OwnedSockets;
}

function toKafkajs(sasl: KafkaSignIn): SASLOptions {
  if (sasl.mechanism !== 'oauthbearer') return { ...sasl };
  return {
    mechanism: 'oauthbearer',
    oauthBearerProvider: async () => ({ value: await sasl.token() }),
  };
}

export function createKafkajsConnection(options: KafkajsConnectionOptions): KafkajsConnection {
  registerZstd();
  checkOnlyPendingRequests();
  const { brokers, clientId, tls, sasl } = options;
  const sockets = new OwnedSockets();
  const kafka = new kafkajs.Kafka({
    brokers: [...brokers],
    clientId,
    ...(tls !== undefined && { ssl: tls }),
    ...(sasl !== undefined && { sasl: toKafkajs(sasl) }),
    connectionTimeout: 3_000,
    requestTimeout: 10_000,
    retry: { initialRetryTime: 100, maxRetryTime: 2_000, retries: 4 },
    // Every failure reaches its caller as an error with its cause; what kafkajs logs beside it are its retries.
    logLevel: kafkajs.logLevel.NOTHING,
    socketFactory: sockets.create,
  });
  return { kafka, sockets };
}
