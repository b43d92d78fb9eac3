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
  /** Its Kafka topic. */
  readonly input: string;
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
  /** Of one partition: what rules read whose keys are coarser than the partitions of `signals`. */
  readonly wide: string;
  /** As `signals`, before the cluster's names are in it: what agents in a cluster write and `saccade name` reads. */
  readonly raw: string;
  /** Compacted: what the notify process in charge tells consoles of itself. */
  readonly view: string;
  /** undefined: not one of ours. */
  logical(physical: string): Topic | undefined;
  /** Of a Kafka topic. */
  partitionsOf(physical: string): number;
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
/** For the time that nobody names; what was named is in `signals`. */
const rawRetentionMs = 6 * 3_600_000;
const stateConfig = {
  'cleanup.policy': 'compact',
  'min.cleanable.dirty.ratio': '0.2',
  'segment.ms': '3600000',
};

export function createTopicPlan({ prefix, partitions, replication }: TopicPlanOptions): TopicPlan {
  const physical = (topic: Topic): string => `${prefix}.${topic}`;
  const wide = `${prefix}.wide`;
  const raw = `${prefix}.raw`;
  const view = `${prefix}.view`;
  const byName = new Map<string, Topic>([
    ...topics.map((topic) => [physical(topic), topic] as const),
    [wide, 'signals'],
    [raw, 'signals'],
  ]);
  const spread = new Set([physical('signals'), raw]);
  const partitionsOf = (name: string): number => (spread.has(name) ? partitions : 1);
  const state = (stage: string): string => `${prefix}.state.${stage}`;

  function logOf(name: string): NewTopic {
    const config = {
      'message.timestamp.type': 'LogAppendTime',
      'cleanup.policy': 'delete',
      'retention.ms': String(name === raw ? rawRetentionMs : retentionMs[byName.get(name) ?? 'signals']),
    };
    return { name, partitions: partitionsOf(name), replication, config };
  }

  return {
    prefix,
    partitions,
    physical,
    wide,
    raw,
    view,
    logical: (name) => byName.get(name),
    partitionsOf,
    state,
    required: (stages) => [
      ...[...byName.keys()]
        .filter((name) => name !== raw || stages.some(({ input }) => input === raw))
        .map(logOf),
      { name: view, partitions: 1, replication, config: stateConfig },
      ...stages.map(({ name, input }) => ({
        name: state(name),
        partitions: partitionsOf(input),
        replication,
        config: stateConfig,
      })),
    ],
  };
}

/** Of an agent in a cluster: what it sees is named before it is judged. */
export function throughNaming(plan: TopicPlan): TopicPlan {
  return { ...plan, physical: (topic) => (topic === 'signals' ? plan.raw : plan.physical(topic)) };
}
