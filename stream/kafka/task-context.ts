import type { Clock } from '../clock.ts';
import type { Output } from '../port.ts';
import type { StreamLogger } from '../stream-logger.ts';
import type { EventValidator } from '../validate-event.ts';
import type { GroupConsumer, KafkaClient } from './client/port.ts';
import type { OnKafkaPoint } from './fault-points.ts';
import type { KafkaMetrics } from './kafka-metrics.ts';
import type { PartitionTask } from './partition-task.ts';
import type { PatientSender } from './patient-sender.ts';
import type { CreateStageInstance } from './stage-instance.ts';
import type { TopicPlan } from './topic-plan.ts';

/** What the tasks of one group have in common. */
export interface TaskContext {
  readonly name: string;
  readonly client: KafkaClient;
  readonly plan: TopicPlan;
  readonly inputTopic: string;
  readonly stateTopic: string;
  readonly create: CreateStageInstance;
  readonly route: (output: Output) => string | undefined;
  readonly sender: PatientSender;
  readonly validate: EventValidator | undefined;
  readonly clock: Clock;
  readonly logger: StreamLogger;
  readonly metrics: KafkaMetrics;
  readonly onPoint: OnKafkaPoint;
  readonly maxBatch: number;
  readonly flushIntervalMs: number;
  readonly flushRecords: number;
  /** Where the group's consumer of the moment reads. */
  readonly seat: Seat;
  /** This task must begin anew: it was fenced, or its state could not be written. */
  readonly onLost: (task: PartitionTask, reason: 'fenced' | 'flush') => void;
  /** An unknown error of the stage: nothing may pass it. */
  readonly onFatal: (error: Error) => void;
}

/** What a task asks of a consumer; while there is none, nothing is done: the next one asks the task with `sit`. */
export type Seat = Pick<GroupConsumer, 'seek' | 'pause' | 'resume' | 'commit'>;
