import { topics, type Topic } from '../port.ts';
import type { NewTopic } from './client/port.ts';

export interface TopicPlanOptions {
  /** Before every name: `saccade.signals`. */
  readonly prefix: string;
  /** Of `signals` and of the state kept for it. */
  readonly partitions: number;
  readonly replication: number;
}

/** A stage with state in Kafka, and the one topic that it reads. */
export interface PlannedStage {
  readonly name: string;
  readonly input: Topic;
}

/**
 * Where the stream's topics live: one Kafka topic each. Signals are spread by their key; the others are rare and have
 * one partition, so that what tells of an alert is in one order (docs/decisions/0150).
 */
export interface TopicPlan {
  readonly prefix: string;
  /** Of `signals`. */
  readonly partitions: number;
  physical(topic: Topic): string;
  /** undefined: not one of ours. */
  logical(physical: string): Topic | undefined;
  partitionsOf(topic: Topic): number;
  /** Snapshots of a stage: as many partitions as its input has. */
  state(stage: string): string;
  /** Everything that must exist for these stages. */
  required(stages: readonly PlannedStage[]): readonly NewTopic[];
}

const dayMs = 86_400_000;
const retentionMs: Readonly<Record<Topic, number>> = {
  signals: dayMs,
  alerts: 7 * dayMs,
  captures: 7 * dayMs,
  notifications: 7 * dayMs,
  dead: 30 * dayMs,
};
const stateConfig = {
  'cleanup.policy': 'compact',
  'min.cleanable.dirty.ratio': '0.2',
  'segment.ms': '3600000',
};

export function createTopicPlan({ prefix, partitions, replication }: TopicPlanOptions): TopicPlan {
  const physical = (topic: Topic): string => `${prefix}.${topic}`;
  const byName = new Map<string, Topic>(topics.map((topic) => [physical(topic), topic]));
  const partitionsOf = (topic: Topic): number => (topic === 'signals' ? partitions : 1);
  const state = (stage: string): string => `${prefix}.state.${stage}`;

  function logOf(topic: Topic): NewTopic {
    const config = {
      'message.timestamp.type': 'LogAppendTime',
      'cleanup.policy': 'delete',
      'retention.ms': String(retentionMs[topic]),
    };
    return { name: physical(topic), partitions: partitionsOf(topic), replication, config };
  }

  return {
    prefix,
    partitions,
    physical,
    logical: (name) => byName.get(name),
    partitionsOf,
    state,
    required: (stages) => [
      ...topics.map(logOf),
      ...stages.map(({ name, input }) => ({
        name: state(name),
        partitions: partitionsOf(input),
        replication,
        config: stateConfig,
      })),
    ],
  };
}
