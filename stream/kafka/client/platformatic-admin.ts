import { Admin, ConfigResourceTypes, ListOffsetTimestamps, type BaseOptions } from '@platformatic/kafka';
import { toKafkaError } from './platformatic-error.ts';
import type { KafkaAdmin, NewTopic, TopicDescription } from './port.ts';

export class PlatformaticAdmin implements KafkaAdmin {
  readonly #admin: Admin;

  constructor(base: BaseOptions) {
    this.#admin = new Admin(base);
    // Told to the caller as well.
    this.#admin.on('error', () => undefined);
  }

  async connect(): Promise<void> {
    await this.#explained('connecting to Kafka', () => this.#admin.metadata({ topics: [] }));
  }

  async close(): Promise<void> {
    await this.#admin.close();
  }

  describeTopics(
    names: readonly string[],
    configKeys: readonly string[],
  ): Promise<readonly TopicDescription[]> {
    return this.#explained(
      `describing the topics ${names.join(', ')} (right: Describe, DescribeConfigs)`,
      async () => {
        const present = new Set(await this.#admin.listTopics());
        const known = names.filter((name) => present.has(name));
        if (known.length === 0) return [];
        const { topics } = await this.#admin.metadata({ topics: known, forceUpdate: true });
        const configs = await this.#configs(known, configKeys);
        return known.map((name) => ({
          name,
          partitions: topics.get(name)?.partitionsCount ?? 0,
          config: configs.get(name) ?? {},
        }));
      },
    );
  }

  createTopics(topics: readonly NewTopic[]): Promise<void> {
    const names = topics.map(({ name }) => name).join(', ');
    return this.#explained(`creating the topics ${names} (right: Create)`, async () => {
      for (const topic of topics) await this.#createTopic(topic);
    });
  }

  async deleteTopics(names: readonly string[]): Promise<void> {
    await this.#explained(`deleting the topics ${names.join(', ')} (right: Delete)`, () =>
      this.#admin.deleteTopics({ topics: [...names] }),
    );
  }

  offsets(topic: string): Promise<readonly { readonly low: number; readonly end: number }[]> {
    return this.#explained(`asking for the offsets of ${topic} (right: Describe)`, async () => {
      const { topics } = await this.#admin.metadata({ topics: [topic], forceUpdate: true });
      const count = topics.get(topic)?.partitionsCount ?? 0;
      const [low, end] = await Promise.all([
        this.#list(topic, count, ListOffsetTimestamps.EARLIEST),
        this.#list(topic, count, ListOffsetTimestamps.LATEST),
      ]);
      return Array.from({ length: count }, (_, n) => ({ low: low.get(n) ?? 0, end: end.get(n) ?? 0 }));
    });
  }

  async #createTopic({ name, partitions, replication, config }: NewTopic): Promise<void> {
    try {
      await this.#admin.createTopics({
        topics: [name],
        partitions,
        replicas: replication,
        configs: Object.entries(config).map(([key, value]) => ({ name: key, value })),
      });
    } catch (error) {
      // Another process was faster, which is as good.
      if (!String((error as { readonly message?: string }).message).includes('already exists')) throw error;
    }
  }

  async #list(topic: string, count: number, timestamp: bigint): Promise<ReadonlyMap<number, number>> {
    const [listed] = await this.#admin.listOffsets({
      topics: [
        {
          name: topic,
          partitions: Array.from({ length: count }, (_, partitionIndex) => ({ partitionIndex, timestamp })),
        },
      ],
    });
    return new Map(listed?.partitions.map(({ partitionIndex, offset }) => [partitionIndex, Number(offset)]));
  }

  async #configs(
    names: readonly string[],
    keys: readonly string[],
  ): Promise<ReadonlyMap<string, Readonly<Record<string, string>>>> {
    const described = await this.#admin.describeConfigs({
      resources: names.map((resourceName) => ({
        resourceType: ConfigResourceTypes.TOPIC,
        resourceName,
        configurationKeys: [...keys],
      })),
    });
    return new Map(
      described.map(({ resourceName, configs }) => [
        resourceName,
        Object.fromEntries(configs.map(({ name, value }) => [name, value ?? ''])),
      ]),
    );
  }

  async #explained<T>(doing: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw toKafkaError(error, doing);
    }
  }
}
