/**
 * What the Kafka host needs of a client, and no more, so that a client can be replaced: kafkajs and @platformatic/kafka pass
 * the same suite. Offsets are numbers: 2^53 records a partition are enough for anyone.
 */
export interface KafkaClient {
  createAdmin(): KafkaAdmin;
  /** Idempotent within its life; across lives consumers drop repeats. */
  createSender(): KafkaSender;
  /** Whoever asks for the same id later fences this one: its next `write` fails with KAFKA_FENCED. */
  createFencedWriter(id: string): FencedWriter;
  createGroupConsumer(options: GroupConsumerOptions): GroupConsumer;
}

export interface ConsumerTuning {
  readonly sessionTimeoutMs: number;
  /** A fetch waits this long for news; seeking and resuming take effect with the next one. */
  readonly maxWaitMs: number;
}

export interface OutgoingMessage {
  readonly topic: string;
  /** Without one the key decides, by murmur2 as Kafka's own clients do. */
  readonly partition?: number;
  readonly key: string;
  /** null: a tombstone in a compacted topic. */
  readonly value: Uint8Array | null;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface IncomingMessage {
  readonly offset: number;
  /** LogAppendTime: the broker's clock. */
  readonly timestampMs: number;
  readonly key: string | null;
  readonly value: Uint8Array | null;
  readonly headers: Readonly<Record<string, string>>;
}

export interface KafkaSender {
  /** Resolved: all in-sync replicas have all of them. Rejects with a `KafkaError`. */
  send(messages: readonly OutgoingMessage[]): Promise<void>;
  close(): Promise<void>;
}

export interface FencedWriter {
  /** All or nothing. The first call fences earlier writers of the id and undoes what they left unfinished. After a failure it is spent: close it. */
  write(messages: readonly OutgoingMessage[]): Promise<void>;
  close(): Promise<void>;
}

export interface GroupConsumerOptions {
  readonly group: string;
  /** Partition n of all of them goes to the same member. */
  readonly topics: readonly string[];
  /** One member gets everything, the others wait in reserve. */
  readonly sole?: boolean;
  /** Partitions that it would like to keep; asked at every join. */
  readonly owned: () => readonly number[];
  /** After every rebalance, before anything is fetched: partitions by number. Seek and pause here. */
  readonly onAssigned: (partitions: readonly number[]) => void;
  /** One batch a partition at a time; partitions run side by side. The next is fetched when it resolves. */
  readonly onBatch: (batch: IncomingBatch) => Promise<void>;
  /** It has ended by itself; a new one may be made. */
  readonly onCrash: (error: Error) => void;
}

export interface IncomingBatch {
  readonly topic: string;
  readonly partition: number;
  /** Empty: all that was fetched were markers of transactions, or what aborted ones left. */
  readonly messages: readonly IncomingMessage[];
  /** Behind everything that was fetched, such records included. */
  readonly nextOffset: number;
  /** The offset that the next append to the partition gets, as of the fetch. */
  readonly endOffset: number;
}

export interface GroupConsumer {
  start(): Promise<void>;
  /** Leaves the group once the batches in hand are done. Idempotent. */
  stop(): Promise<void>;
  seek(topic: string, partition: number, offset: number): void;
  pause(topic: string, partition: number): void;
  resume(topic: string, partition: number): void;
  /** For lag in other tools; where to go on is the state's own offset. */
  commit(topic: string, partition: number, nextOffset: number): Promise<void>;
}

export interface NewTopic {
  readonly name: string;
  readonly partitions: number;
  readonly replication: number;
  readonly config: Readonly<Record<string, string>>;
}

export interface TopicDescription {
  readonly name: string;
  readonly partitions: number;
  readonly config: Readonly<Record<string, string>>;
}

export interface KafkaAdmin {
  connect(): Promise<void>;
  close(): Promise<void>;
  /** Those of `names` that exist. `config`: only the asked keys. */
  describeTopics(
    names: readonly string[],
    configKeys: readonly string[],
  ): Promise<readonly TopicDescription[]>;
  createTopics(topics: readonly NewTopic[]): Promise<void>;
  deleteTopics(names: readonly string[]): Promise<void>;
  /** By partition: the offset of the oldest record, and the one that the next append gets. */
  offsets(topic: string): Promise<readonly { readonly low: number; readonly end: number }[]>;
}
