import { afterAll, beforeAll } from 'vitest';
import { describeStreamConformance } from '../../stream/conformance/suite.ts';
import { createKafkajsClient } from '../../stream/kafka/client/create-kafkajs-client.ts';
import type { KafkaClient } from '../../stream/kafka/client/port.ts';
import { kafkaFaultPoints } from '../../stream/kafka/fault-points.ts';
import { startBroker, type Broker } from './broker.ts';
import { KafkaHarness } from './conformance-harness.ts';

let broker: Broker;
let client: KafkaClient;

beforeAll(async () => {
  broker = await startBroker();
  client = createKafkajsClient({
    brokers: [broker.address],
    clientId: 'conformance',
    tuning: { maxWaitMs: 20 },
  });
}, 120_000);
afterAll(() => broker.stop());

describeStreamConformance(
  'the Kafka host',
  () => Promise.resolve(new KafkaHarness(client)),
  kafkaFaultPoints,
);
