import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Detector } from '../../demo/detector.ts';
import { type ObservationBatch, observationsType } from '../../stream/events/observation.ts';
import type { KafkaClient } from '../../stream/kafka/client/port.ts';
import { ensureTopics } from '../../stream/kafka/ensure-topics.ts';
import { createTopicPlan, type TopicPlan } from '../../stream/kafka/topic-plan.ts';
import { readTopic, toRecords } from '../../test/kafka/read-topic.ts';
import { createLab, type Lab } from '../../test/lab/lab.ts';
import { startDns } from '../../test/lab/traffic.ts';
import { programPath } from '../../test/lab/program-path.ts';
import { processUse } from '../process-cpu.ts';
import { kafkaConfig } from './measure-names.ts';
import { cycleSeconds, type NodeTemplate, toTemplate } from './node-template.ts';

export interface NodePlan {
  /** Hosts of the lab: each asks all others, so it has twice as many keys as there are others. */
  readonly pods: number;
  /** Requests a second on each connection. */
  readonly requestRate: number;
  readonly warmSeconds: number;
}

export interface MeasuredNode {
  readonly template: NodeTemplate;
  /** Of the agent over the cycle: cores, bytes. */
  readonly cpuCores: number;
  readonly residentBytes: number;
}

const [prefix, partitions] = ['node', 1] as const;
const startWithinMs = 30_000;
/** Until what was told last is with the broker. */
const uploadMs = 2_000;

/** A real `saccade agent` over a real broker beside real pods (network namespaces): what it tells of them, and what it takes. */
export async function measureNode(
  client: KafkaClient,
  brokerAddress: string,
  folder: string,
  plan: NodePlan,
): Promise<MeasuredNode> {
  const topics = createTopicPlan({ prefix, partitions, replication: 1 });
  await createTopics(client, topics);
  const configPath = join(folder, 'agent.yaml');
  await mkdir(folder, { recursive: true });
  await writeFile(configPath, kafkaConfig(brokerAddress, prefix, partitions));
  await using lab = await createLab({
    hosts: Array.from({ length: plan.pods }, (_, n) => `pod${n}`),
    distinctAddresses: true,
  });
  await using agent = new Detector({ command: 'agent', configPath, dataDirectory: join(folder, 'agent') });
  await agent.start();
  await startMesh(lab, plan);
  await sleep(plan.warmSeconds * 1000);
  const cycleStartMs = Math.ceil(Date.now() / 1000) * 1000;
  const before = await processUse(agent.pid);
  await sleep(cycleSeconds * 1000);
  const after = await processUse(agent.pid);
  await sleep(uploadMs);
  const workloads = new Set(lab.hosts.map(({ namespace }) => `netns/${namespace}`));
  const batches = (await batchesIn(client, topics)).filter(
    (batch) => workloads.has(batch.subject.workload) && isIn(batch, cycleStartMs),
  );
  if (batches.length === 0) throw new Error(`the agent told nothing of ${[...workloads].join(', ')}`);
  return {
    template: toTemplate(batches, cycleStartMs),
    cpuCores: (after.cpuSeconds - before.cpuSeconds) / cycleSeconds,
    residentBytes: after.residentBytes,
  };
}

/** Those that end within the cycle: its last second counts, the one before its first does not. */
function isIn({ window }: ObservationBatch, cycleStartMs: number): boolean {
  const endMs = Date.parse(window.start) + window.elapsed_ms;
  return endMs >= cycleStartMs && endMs < cycleStartMs + cycleSeconds * 1000;
}

async function startMesh(lab: Lab, { requestRate }: NodePlan): Promise<void> {
  const name = 'peer.example.com';
  const resolver = lab.host('pod0');
  // Of nobody here: a pod that was looked up would be called by that name.
  await startDns(resolver, { [name]: ['198.51.100.7'] });
  const asking = lab.hosts.map(async (host) => {
    const targets = lab.hosts.filter((other) => other !== host).map(({ address4 }) => address4);
    const program = host.spawnProgram(programPath(import.meta.url, './mesh-peer'), [
      ...['--targets', targets.join(','), '--rate', String(requestRate)],
      ...['--resolver', resolver.address4, '--name', name],
    ]);
    await program.waitForJson('asking', targets.length, startWithinMs);
  });
  await Promise.all(asking);
}

async function batchesIn(client: KafkaClient, topics: TopicPlan): Promise<readonly ObservationBatch[]> {
  const physical = topics.physical('signals');
  const records = toRecords(topics, physical, await readTopic(client, physical));
  return records.flatMap(({ event }) =>
    event.type === observationsType ? [event.data as ObservationBatch] : [],
  );
}

/** An engine would do it, and none runs here. */
async function createTopics(client: KafkaClient, topics: TopicPlan): Promise<void> {
  const admin = client.createAdmin();
  await admin.connect();
  await ensureTopics(admin, topics.required([])).finally(() => admin.close());
}
