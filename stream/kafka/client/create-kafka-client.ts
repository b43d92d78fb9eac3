import { createKafkajsClient, type KafkajsClientOptions } from './create-kafkajs-client.ts';
import { createPlatformaticClient } from './create-platformatic-client.ts';
import type { KafkaClient } from './port.ts';

/** Both libraries behind the port; they take the same options. */
export const createKafkaClient: Readonly<
  Record<'kafkajs' | 'platformatic', (options: KafkajsClientOptions) => KafkaClient>
> = { kafkajs: createKafkajsClient, platformatic: createPlatformaticClient };
