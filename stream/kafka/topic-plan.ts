import { topics, type Topic } from '../port.ts';
import type { NewTopic } from './client/port.ts';

export interface TopicPlanOptions {
  /** Before every name: `saccade.signals`. */
  readonly prefix: string;
  /** Of `signals` and of what is kept by its partitions. */
  readonly partitions: number;
  readonly replication: number;
}

/**
 * Where the stream's topics live. Signals are spread by their key. Alerts, captures and notifications share one
 * topic of one partition, `events`: a stage that reads several of them needs them in one order, or its replay after
 * a crash would see another order than the first time (docs/decisions/0150).
 */
export interface TopicPlan {
  readonly prefix: string;
  readonly partitions: number;
  readonly signals: string;
  readonly events: string;
  readonly dead: string;
  /** The Kafka topic of a stream topic. */
  physical(topic: Topic): string;
  /** The stream topic of a record, or undefined: not one of ours. */
  logical(physical: string, header: string | undefined): Topic | undefined;
  /** Snapshots of a stage: as many partitions as its input has. */
  state(stage: string): string;
  /** Everything that must exist for these stages with state. */
  required(
    stages: readonly { readonly name: string; readonly input: 'signals' | 'events' }[],
  ): readonly NewTopic[];
}

const dayMs = 86_400_000;
const common = { 'message.timestamp.type': 'LogAppendTime', 'cleanup.policy': 'delete' };

export function createTopicPlan(options: TopicPlanOptions): TopicPlan {
  const { prefix, partitions, replication } = options;
  const [signals, events, dead] = [`${prefix}.signals`, `${prefix}.events`, `${prefix}.dead`];
  const physicalOf: Readonly<Record<Topic, string>> = {
    signals,
    alerts: events,
    captures: events,
    notifications: events,
    dead,
  };
  const state = (stage: string): string => `${prefix}.state.${stage}`;
  return {
    prefix,
    partitions,
    signals,
    events,
    dead,
    state,
    physical: (topic) => physicalOf[topic],
    logical(physical, header) {
      if (physical === signals) return 'signals';
      if (physical === dead) return 'dead';
      return topics.find((topic) => topic === header && physicalOf[topic] === physical);
    },
    required: (stages) => [
      { name: signals, partitions, replication, config: { ...common, 'retention.ms': String(dayMs) } },
      { name: events, partitions: 1, replication, config: { ...common, 'retention.ms': String(7 * dayMs) } },
      { name: dead, partitions: 1, replication, config: { ...common, 'retention.ms': String(30 * dayMs) } },
      ...stages.map(({ name, input }) => ({
        name: state(name),
        partitions: input === 'signals' ? partitions : 1,
        replication,
        config: {
          'cleanup.policy': 'compact',
          'min.cleanable.dirty.ratio': '0.2',
          'segment.ms': String(3_600_000),
        },
      })),
    ],
  };
}
