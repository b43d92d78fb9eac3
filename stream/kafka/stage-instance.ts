import type { Stage } from '../port.ts';

/**
 * One stage over one partition. A partition that comes to this process gets a new instance, one that leaves takes
 * its instance with it: state never mixes between partitions.
 */
export interface StageInstance {
  readonly stage: Stage;
  /** The state is loaded: work beside the stage (a sender, a recorder) may begin. Not awaited. */
  activate?(): Promise<void>;
  /** The partition is leaving or the process is stopping; awaited, so it must end soon. */
  deactivate?(): Promise<void>;
}

export type CreateStageInstance = (partition: number) => StageInstance;
