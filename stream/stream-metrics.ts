import type { RecordRank } from './embedded/record-rank.ts';
import type { Topic } from './port.ts';

/** What the stream counts. Labels are bounded: topics, stage names, ranks, error codes. */
export interface StreamMetrics {
  appended(topic: Topic, count: number): void;
  /** Dropped at the append: their (source, id) is in the log already. */
  duplicates(topic: Topic, count: number): void;
  processed(stage: string, count: number): void;
  deadLetter(stage: string): void;
  /** One commit of a stage: outputs, state, offset. */
  committed(stage: string, seconds: number): void;
  commitFailed(stage: string, code: string): void;
  /** Deleted by retention. `unread`: before a slow consumer had read them. */
  retired(topic: Topic, rank: RecordRank, unread: boolean, count: number): void;
  lag(stage: string, records: number): void;
}

const nothing = (): void => undefined;
export const noMetrics: StreamMetrics = {
  appended: nothing,
  duplicates: nothing,
  processed: nothing,
  deadLetter: nothing,
  committed: nothing,
  commitFailed: nothing,
  retired: nothing,
  lag: nothing,
};
