import type { ConnectionOptions } from 'node:tls';
import type { BaseOptions, SASLMechanismValue } from '@platformatic/kafka';
import { PlatformaticAdmin } from './platformatic-admin.ts';
import { PlatformaticConsumer } from './platformatic-consumer.ts';
import { PlatformaticFencedWriter, PlatformaticSender } from './platformatic-sender.ts';
import type { ConsumerTuning, KafkaClient } from './port.ts';
import type { KafkaSignIn } from './sign-in.ts';

export interface PlatformaticClientOptions {
  readonly brokers: readonly string[];
  readonly clientId: string;
  readonly tls?: ConnectionOptions | undefined;
  readonly sasl?: KafkaSignIn | undefined;
  readonly tuning?: Partial<ConsumerTuning>;
}

const defaultTuning: ConsumerTuning = { sessionTimeoutMs: 10_000, maxWaitMs: 250 };

export function createPlatformaticClient(options: PlatformaticClientOptions): KafkaClient {
  const base = baseOptions(options);
  const tuning = { ...defaultTuning, ...options.tuning };
  return {
    createAdmin: () => new PlatformaticAdmin(base),
    createSender: () => new PlatformaticSender(base),
    createFencedWriter: (id) => new PlatformaticFencedWriter(base, id),
    createGroupConsumer: (group) => new PlatformaticConsumer(base, group, tuning),
  };
}

function toPlatformatic(sasl: KafkaSignIn): NonNullable<BaseOptions['sasl']> {
  const mechanism = sasl.mechanism.toUpperCase() as SASLMechanismValue;
  return sasl.mechanism === 'oauthbearer'
    ? { mechanism, token: sasl.token }
    : { mechanism, username: sasl.username, password: sasl.password };
}

function baseOptions({ brokers, clientId, tls, sasl }: PlatformaticClientOptions): BaseOptions {
  return {
    clientId,
    bootstrapBrokers: [...brokers],
    connectTimeout: 3_000,
    requestTimeout: 10_000,
    timeout: 10_000,
    retries: 4,
    retryDelay: (_client, _operation, attempt) => Math.min(100 * 2 ** (attempt - 1), 2_000),
    ...(tls !== undefined && { tls, tlsServerName: tls.servername ?? false }),
    ...(sasl !== undefined && { sasl: toPlatformatic(sasl) }),
  };
}
