import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { observationsType, type ObservationBatch } from '../../stream/events/observation.ts';
import type { CloudEvent } from '../../stream/cloud-event.ts';
import { createKafkaClient } from '../../stream/kafka/client/create-kafka-client.ts';
import type { KafkaSender } from '../../stream/kafka/client/port.ts';
import { noKafkaMetrics } from '../../stream/kafka/kafka-metrics.ts';
import { toMessages } from '../../stream/kafka/output-messages.ts';
import { PatientSender } from '../../stream/kafka/patient-sender.ts';
import { createTopicPlan, throughNaming } from '../../stream/kafka/topic-plan.ts';
import { silentLogger } from '../../stream/stream-logger.ts';
import { printLine } from '../../test/lab/print-line.ts';
import { untilOrphaned } from '../../test/lab/until-orphaned.ts';
import { createClusterLayout } from './cluster-layout.ts';
import type { FleetPlan } from './fleet-plan.ts';
import { createSimulatedAgent, type SimulatedAgent } from './simulated-agent.ts';

/**
 * All agents of a cluster in one process. Each tells at the end of every second, as real ones do, all at the same
 * moment, in requests of its own; several share a connection. Prints one line a second: what was sent since the start, and
 * how long after its second the last of it was taken.
 */
const { values } = parseArgs({ options: { plan: { type: 'string', default: '' } } });
const plan = JSON.parse(await readFile(values.plan, 'utf8')) as FleetPlan;
const topics = throughNaming(createTopicPlan({ ...plan.topics, replication: 1 }));
const client = createKafkaClient[plan.client]({ brokers: plan.brokers, clientId: 'fleet' });
const layout = createClusterLayout(plan.size);
const agents = Array.from({ length: layout.nodes }, (_, n) => createSimulatedAgent(layout, n, plan.template));
const senders = Array.from({ length: Math.min(agents.length, plan.connections) }, () =>
  client.createSender(),
);
const patient = senders.map(
  (sender) => new PatientSender({ sender, logger: silentLogger, metrics: noKafkaMetrics }),
);
const ending = untilOrphaned(plan.seconds * 1000);
const sent = { observations: 0, batches: 0, bytes: 0 };

try {
  await run();
} catch (error) {
  if (!ending.aborted) throw error;
} finally {
  await Promise.all(senders.map((sender: KafkaSender) => sender.close()));
  process.exit();
}

async function run(): Promise<void> {
  for (let atMs = Math.ceil(Date.now() / 1000) * 1000; !ending.aborted; atMs += 1000) {
    await sleep(Math.max(0, atMs - Date.now()), undefined, { signal: ending });
    await Promise.all(agents.map((agent, n) => tell(agent, n, atMs)));
    printLine({ at: atMs, late_ms: Date.now() - atMs, ...sent });
  }
}

async function tell(agent: SimulatedAgent, n: number, atMs: number): Promise<void> {
  const events = agent.tell(atMs);
  if (events.length === 0) return;
  const messages = toMessages(
    topics,
    events.map((event) => ({ topic: 'signals', event })),
  );
  await patient[n % patient.length]?.send(messages, ending);
  for (const event of events) sent.observations += rowsOf(event);
  sent.batches += events.length;
  sent.bytes += messages.reduce((sum, { value }) => sum + (value?.length ?? 0), 0);
}

function rowsOf({ type, data }: CloudEvent): number {
  return type === observationsType ? (data as ObservationBatch).rows.length : 0;
}
