import kafkajs, { type Admin } from 'kafkajs';
import type { KafkajsConnection } from './kafkajs-connection.ts';
import { toKafkaError } from './kafkajs-error.ts';
import type { OwnedSockets } from './owned-sockets.ts';
import type { KafkaAdmin, NewTopic, TopicDescription } from './port.ts';

const topicResource = kafkajs.ConfigResourceTypes.TOPIC;
const closePatienceMs = 3_000;

export class KafkajsAdmin implements KafkaAdmin {
  readonly #admin: Admin;
  readonly #sockets: OwnedSockets;

  constructor({ kafka, sockets }: KafkajsConnection) {
    this.#admin = kafka.admin();
    this.#sockets = sockets;
  }

  connect(): Promise<void> {
    return this.#explained('connecting to Kafka', () => this.#admin.connect());
  }

  async close(): Promise<void> {
    await this.#sockets.closeAfter(() => this.#admin.disconnect(), closePatienceMs);
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
        const { topics } = await this.#admin.fetchTopicMetadata({ topics: known });
        const configs = await this.#configs(known, configKeys);
        return topics.map(({ name, partitions }) => ({
          name,
          partitions: partitions.length,
          config: configs.get(name) ?? {},
        }));
      },
    );
  }

  createTopics(topics: readonly NewTopic[]): Promise<void> {
    const names = topics.map(({ name }) => name).join(', ');
    return this.#explained(`creating the topics ${names} (right: Create)`, async () => {
      // false: another process was faster, which is as good.
      await this.#admin.createTopics({
        waitForLeaders: true,
        topics: topics.map(({ name, partitions, replication, config }) => ({
          topic: name,
          numPartitions: partitions,
          replicationFactor: replication,
          configEntries: Object.entries(config).map(([key, value]) => ({ name: key, value })),
        })),
      });
    });
  }

  deleteTopics(names: readonly string[]): Promise<void> {
    return this.#explained(`deleting the topics ${names.join(', ')} (right: Delete)`, () =>
      this.#admin.deleteTopics({ topics: [...names] }),
    );
  }

  offsets(topic: string): Promise<readonly { readonly low: number; readonly end: number }[]> {
    return this.#explained(`asking for the offsets of ${topic} (right: Describe)`, async () => {
      const offsets = await this.#admin.fetchTopicOffsets(topic);
      return offsets
        .toSorted((a, b) => a.partition - b.partition)
        .map(({ low, high }) => ({ low: Number(low), end: Number(high) }));
    });
  }

  async #configs(
    names: readonly string[],
    keys: readonly string[],
  ): Promise<ReadonlyMap<string, Readonly<Record<string, string>>>> {
    const { resources } = await this.#admin.describeConfigs({
      includeSynonyms: false,
      resources: names.map((name) => ({ type: topicResource, name, configNames: [...keys] })),
    });
    return new Map(
      resources.map(({ resourceName, configEntries }) => [
        resourceName,
        Object.fromEntries(configEntries.map(({ configName, configValue }) => [configName, configValue])),
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
