import { expect } from 'vitest';
import { createCloudEvent } from '../../cloud-event.ts';
import type { Topic } from '../../port.ts';
import type {
  GroupConsumerOptions,
  IncomingMessage,
  KafkaAdmin,
  KafkaClient,
  OutgoingMessage,
} from '../client/port.ts';
import { encodeEvent } from '../event-codec.ts';
import type { TopicPlan } from '../topic-plan.ts';

interface Kept {
  readonly id: string;
  readonly offset: number;
  readonly atMs: number;
}

const unused = (): never => {
  throw new Error('not part of this');
};

/** A broker's topics of one partition as lists, and consumers that hand out what the test says, when it says so. */
export class ScriptedKafka {
  readonly #plan: TopicPlan;
  readonly #kept = new Map<Topic, Kept[]>();
  readonly ends = new Map<Topic, number>();
  readonly lows = new Map<Topic, number>();
  /** Of the consumer of the moment. */
  readonly paused = new Set<string>();
  readonly seeks = new Map<string, number>();
  readonly commits = new Map<string, number>();
  readonly written: OutgoingMessage[] = [];
  group: GroupConsumerOptions | undefined;
  joins = 0;
  leaves = 0;
  /** Another has the topics at first. */
  inReserve = false;
  /** What the next joins do before they succeed. */
  readonly beforeJoin: (() => Promise<void>)[] = [];

  constructor(plan: TopicPlan) {
    this.#plan = plan;
  }

  keep(topic: Topic, ...records: readonly (readonly [id: string, atMs: number])[]): void {
    const list = this.#kept.get(topic) ?? [];
    for (const [id, atMs] of records) list.push({ id, atMs, offset: list.length });
    this.#kept.set(topic, list);
    this.ends.set(topic, list.length);
  }

  client(): KafkaClient {
    return {
      createAdmin: unused,
      createSender: unused,
      createFencedWriter: () => ({
        write: async (messages) => void this.written.push(...messages),
        close: async () => undefined,
      }),
      createGroupConsumer: (group) => {
        this.group = group;
        this.joins += 1;
        this.paused.clear();
        return {
          start: async () => {
            await this.beforeJoin.shift()?.();
            group.onAssigned(this.inReserve ? [] : [0]);
          },
          stop: async () => void (this.leaves += 1),
          seek: (topic, _partition, offset) => void this.seeks.set(topic, offset),
          pause: (topic) => void this.paused.add(topic),
          resume: (topic) => void this.paused.delete(topic),
          commit: async (topic, _partition, next) => void this.commits.set(topic, next),
        };
      },
    };
  }

  admin(): KafkaAdmin {
    return {
      connect: async () => undefined,
      close: async () => undefined,
      offsets: async (physical) => {
        const topic = this.#plan.logical(physical) ?? 'dead';
        return [{ low: this.lows.get(topic) ?? 0, end: this.ends.get(topic) ?? 0 }];
      },
      describeTopics: async () => [],
      createTopics: async () => undefined,
      deleteTopics: async () => undefined,
    };
  }

  /** Resolves when the consumer number `times` was made. */
  joined(times = 1): Promise<void> {
    return expect.poll(() => this.joins, { timeout: 10_000 }).toBe(times);
  }

  /** As a consumer does: never of a paused partition. `nextOffset`: markers of transactions were fetched too. */
  async deliver(topic: Topic, count: number, nextOffset?: number): Promise<void> {
    const physical = this.#plan.physical(topic);
    expect(this.paused).not.toContain(physical);
    const from = this.seeks.get(physical) ?? 0;
    const messages = (this.#kept.get(topic) ?? []).slice(from, from + count).map(toMessage);
    const next = nextOffset ?? from + messages.length;
    this.seeks.set(physical, next);
    const endOffset = Math.max(next, this.ends.get(topic) ?? 0);
    await this.group?.onBatch({ topic: physical, partition: 0, messages, nextOffset: next, endOffset });
  }
}

function toMessage({ id, offset, atMs }: Kept): IncomingMessage {
  const event = createCloudEvent({
    id,
    source: '/test',
    type: 'test',
    timeMs: atMs,
    partitionkey: 'k',
    data: {},
  });
  const { key, value, headers = {} } = encodeEvent(event);
  return { offset, timestampMs: atMs, key, value, headers };
}
