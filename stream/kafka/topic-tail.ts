import type { StreamLogger } from '../stream-logger.ts';
import type { IncomingMessage, KafkaAdmin, KafkaClient } from './client/port.ts';
import { GroupMember } from './group-member.ts';
import type { KafkaMetrics } from './kafka-metrics.ts';

export interface TopicTailOptions {
  readonly client: KafkaClient;
  readonly admin: Pick<KafkaAdmin, 'connect' | 'offsets'>;
  /** Kafka topics of one partition, and how many of the newest records are read at first. */
  readonly topics: Readonly<Record<string, number>>;
  /** Of this process alone. */
  readonly group: string;
  readonly onMessage: (topic: string, message: IncomingMessage) => void;
  readonly logger: StreamLogger;
  readonly metrics: KafkaMetrics;
}

/** Tells what comes to some topics from now on. What comes while the broker is away is told when it is back. */
export class TopicTail {
  readonly #options: TopicTailOptions;
  readonly #member: GroupMember;
  readonly #next = new Map<string, number>();

  constructor(options: TopicTailOptions) {
    this.#options = options;
    const { onMessage } = options;
    this.#member = new GroupMember({
      ...options,
      sole: true,
      topics: Object.keys(options.topics),
      prepare: () => this.#findStarts(),
      onAssigned: (consumer) => {
        for (const [topic, next] of this.#next) consumer.seek(topic, 0, next);
      },
      onBatch: async ({ topic, messages }) => {
        for (const message of messages) {
          if (message.offset < (this.#next.get(topic) ?? 0)) continue;
          this.#next.set(topic, message.offset + 1);
          onMessage(topic, message);
        }
      },
    });
  }

  start(): void {
    this.#member.start();
  }

  stop(): Promise<void> {
    return this.#member.stop();
  }

  /** Why it does not read; undefined: it does. */
  failure(): string | undefined {
    return this.#member.failure();
  }

  async #findStarts(): Promise<void> {
    const { admin, topics } = this.#options;
    await admin.connect();
    for (const [topic, back] of Object.entries(topics)) {
      const { low, end } = (await admin.offsets(topic))[0] ?? { low: 0, end: 0 };
      const known = this.#next.get(topic) ?? end - back;
      // A topic that was made anew begins anew.
      this.#next.set(topic, known > end ? low : Math.max(known, low));
    }
  }
}
