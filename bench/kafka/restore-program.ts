import { parseArgs } from 'node:util';
import { createKafkaClient } from '../../stream/kafka/client/create-kafka-client.ts';
import { createTopicPlan } from '../../stream/kafka/topic-plan.ts';
import { printLine } from '../../test/lab/print-line.ts';
import { untilOrphaned } from '../../test/lab/until-orphaned.ts';
import type { kafkaClients } from '../../stream/kafka/config-schema.ts';
import { createJudgeHost, partitions } from './kafka-rig.ts';

/**
 * An engine that has just started, in a process of its own with a heap for all the keys: loads the judge's state of every
 * partition and prints `{"seconds": S, "entries": N, "resident_bytes": N}` when the slowest takes input.
 */
const { values } = parseArgs({
  options: {
    broker: { type: 'string', default: '' },
    client: { type: 'string', default: '' },
    prefix: { type: 'string', default: '' },
    seconds: { type: 'string', default: '180' },
  },
});
const name = values.client as (typeof kafkaClients)[number];
const client = createKafkaClient[name]({ brokers: [values.broker], clientId: `restore-${name}` });
const plan = createTopicPlan({ prefix: values.prefix, partitions, replication: 1 });
const restored: { readonly seconds: number; readonly entries: number }[] = [];
const ending = untilOrphaned(Number(values.seconds) * 1000);
ending.addEventListener('abort', () => process.exit(1));

await createJudgeHost({ client, plan }, () => undefined, {
  restored(_stage, seconds, entries) {
    restored.push({ seconds, entries });
    if (restored.length === partitions) report();
  },
}).host.start();

function report(): void {
  printLine({
    seconds: Math.max(...restored.map(({ seconds }) => seconds)),
    entries: restored.reduce((sum, { entries }) => sum + entries, 0),
    resident_bytes: process.memoryUsage().rss,
  });
  process.exit();
}
