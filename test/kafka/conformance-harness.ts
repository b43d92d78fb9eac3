import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CloudEvent } from '../../stream/cloud-event.ts';
import type { ConformanceHarness, StartOptions } from '../../stream/conformance/harness.ts';
import { StagedDeath } from '../../stream/conformance/staged-death.ts';
import type { KafkaClient, KafkaSender } from '../../stream/kafka/client/port.ts';
import { kafkaFaultPoints } from '../../stream/kafka/fault-points.ts';
import { createKafkaHost, type KafkaHost } from '../../stream/kafka/kafka-host.ts';
import { createKafkaProducer } from '../../stream/kafka/kafka-producer.ts';
import { createTopicPlan, type TopicPlan } from '../../stream/kafka/topic-plan.ts';
import { topics, type Producer, type Stage, type StreamRecord, type Topic } from '../../stream/port.ts';
import { readTopic, toRecords } from './read-topic.ts';

interface Running {
  readonly host: KafkaHost;
  readonly sender: KafkaSender;
  readonly producer: Producer;
}

/** One stream is one prefix on a broker that the suites share. */
export class KafkaHarness implements ConformanceHarness {
  readonly points = kafkaFaultPoints;
  readonly #client: KafkaClient;
  readonly #plan: TopicPlan = createTopicPlan({
    prefix: `c${randomUUID().slice(0, 8)}`,
    partitions: 1,
    replication: 1,
  });
  readonly #stages = new Set<string>();
  #running: Running | undefined;
  #started = false;
  readonly #death = new StagedDeath();
  #fatal: Error | undefined;

  constructor(client: KafkaClient) {
    this.#client = client;
  }

  async start(stages: readonly Stage[], options: StartOptions = {}): Promise<void> {
    const { maxBatch = 256, dieAt } = options;
    this.#started = true;
    this.#fatal = undefined;
    for (const { name } of stages) this.#stages.add(name);
    const seam = this.#death.prepare(dieAt);
    const host = createKafkaHost({
      client: this.#client,
      plan: this.#plan,
      stages: stages.map((stage) => ({
        name: stage.name,
        input: this.#plan.physical('signals'),
        create: () => ({ stage }),
      })),
      maxBatch,
      flushIntervalMs: 20,
      flushRecords: 1,
      onFatal: (error) => (this.#fatal = error),
      ...seam,
    });
    const sender = this.#client.createSender();
    this.#running = { host, sender, producer: createKafkaProducer({ sender, plan: this.#plan, ...seam }) };
    await host.start();
  }

  append(topic: Topic, events: readonly CloudEvent[]): Promise<void> {
    return this.#current().producer.append(topic, events);
  }

  async idle(): Promise<void> {
    const { host } = this.#current();
    const admin = this.#client.createAdmin();
    await admin.connect();
    try {
      while (!this.#death.happened && this.#fatal === undefined) {
        const ends = await admin.offsets(this.#plan.physical('signals'));
        const behind = host.groups().some(({ tasks }) =>
          ends.some(({ end }, partition) => {
            const task = tasks.find((one) => one.partition === partition);
            return task === undefined || !task.running || task.position < end || !task.flushed;
          }),
        );
        if (!behind) return;
        await sleep(5);
      }
    } finally {
      await admin.close();
    }
  }

  died(): boolean {
    return this.#death.happened;
  }

  fatal(): Error | undefined {
    return this.#death.happened ? undefined : this.#fatal;
  }

  async read(topic: Topic): Promise<readonly StreamRecord[]> {
    const physical = this.#plan.physical(topic);
    return toRecords(this.#plan, physical, await readTopic(this.#client, physical));
  }

  async stop(): Promise<void> {
    const running = this.#running;
    this.#running = undefined;
    await running?.host.stop();
    await running?.sender.close();
  }

  async dispose(): Promise<void> {
    await this.stop();
    if (!this.#started) return;
    const admin = this.#client.createAdmin();
    await admin.connect();
    const states = [...this.#stages].map((name) => this.#plan.state(name));
    await admin
      .deleteTopics([...topics.map((topic) => this.#plan.physical(topic)), this.#plan.wide, ...states])
      .finally(() => admin.close());
  }

  #current(): Running {
    if (this.#running === undefined) throw new Error('the harness is not started');
    return this.#running;
  }
}
