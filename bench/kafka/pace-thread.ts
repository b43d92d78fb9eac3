import { setTimeout as sleep } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { createKafkaClient } from '../../stream/kafka/client/create-kafka-client.ts';
import { createTopicPlan } from '../../stream/kafka/topic-plan.ts';
import { createBenchSender, partitions } from './kafka-rig.ts';
import { asOfNow, loadEvents } from './load-events.ts';
import type { PaceData } from './pace.ts';

/** A producer beside the judge: in its thread it would be what the judge waits for. Tells its parent when all is sent. */
const { client: name, broker, prefix, perSecond, seed, eventsPerSecond, seconds } = workerData as PaceData;
const client = createKafkaClient[name]({ brokers: [broker], clientId: `pace-${name}` });
const sender = createBenchSender(client, createTopicPlan({ prefix, partitions, replication: 1 }));
const events = loadEvents(perSecond, 1, seed);
const stepMs = 100;
const step = Math.max(1, Math.round((eventsPerSecond * stepMs) / 1000));

// The connection is not what is measured.
await sender.send(events.slice(0, 1).map((event) => ({ ...event, id: 'pace/first' })));
parentPort?.postMessage('begins');
const startMs = performance.now();
for (let n = 0, at = 0; n < (seconds * 1000) / stepMs; n += 1, at += step) {
  // A repeat would be dropped unjudged.
  const part = Array.from({ length: step }, (_, m) => events[(at + m) % events.length]!);
  await sender.send(part.map((event, m) => ({ ...asOfNow(event), id: `pace/${at + m}` })));
  await sleep(Math.max(0, startMs + (n + 1) * stepMs - performance.now()));
}
await sender.close();
parentPort?.postMessage('ends');
