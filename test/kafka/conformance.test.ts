import { afterAll, beforeAll, describe } from 'vitest';
import { describeStreamConformance } from '../../stream/conformance/suite.ts';

import { createKafkaClient } from '../../stream/kafka/client/create-kafka-client.ts';
import type { KafkaClient } from '../../stream/kafka/client/port.ts';
import { kafkaFaultPoints } from '../../stream/kafka/fault-points.ts';
import { startBroker, type Broker } from './broker.ts';
import { describeClientConformance } from './client-conformance.ts';
import { KafkaHarness } from './conformance-harness.ts';

let broker: Broker;

beforeAll(async () => {
  broker = await startBroker();
}, 120_000);
afterAll(() => broker.stop());

describe.each(Object.entries(createKafkaClient))('%s', (name, create) => {
  let client: KafkaClient | undefined;
  const open = (): KafkaClient =>
    (client ??= create({ brokers: [broker.address], clientId: 'conformance', tuning: { maxWaitMs: 20 } }));

  describeClientConformance(name, open);
  describeStreamConformance(
    `the Kafka host over ${name}`,
    () => Promise.resolve(new KafkaHarness(open())),
    kafkaFaultPoints,
  );
});
