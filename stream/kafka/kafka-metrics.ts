import { noMetrics, type StreamMetrics } from '../stream-metrics.ts';
import type { KafkaErrorCode } from './kafka-error.ts';

/** Why a member left its group to join anew. */
export type RejoinReason = 'crash' | 'stall' | 'fenced' | 'flush';

/** What the host on Kafka counts beside what every host counts. Labels are bounded: stages, codes, reasons. */
export interface KafkaMetrics extends StreamMetrics {
  /** A group's consumer was made anew. */
  rejoined(stage: string, reason: RejoinReason): void;
  /** A partition was loaded: records of state read, seconds until its first input. */
  restored(stage: string, seconds: number, entries: number): void;
  flushed(stage: string, seconds: number, entries: number): void;
  failed(doing: 'send' | 'flush' | 'consume' | 'tick' | 'upload', code: KafkaErrorCode): void;
  /** Deleted by the topic's retention before this stage had read them. */
  missed(stage: string, records: number): void;
  /** Observations whose own clock was more than five seconds off the broker's, by the node that sent them. */
  skewed(node: string, skewMs: number): void;
}

const nothing = (): void => undefined;
export const noKafkaMetrics: KafkaMetrics = {
  ...noMetrics,
  rejoined: nothing,
  restored: nothing,
  flushed: nothing,
  failed: nothing,
  missed: nothing,
  skewed: nothing,
};
