import type { Output } from '../../stream/port.ts';
import type { NotifyConfig } from '../config/notify-config.ts';
import type { NotifyState } from './notify-state.ts';

/** One record's worth of work: what it may read, and where its outputs go. */
export interface Turn {
  readonly state: NotifyState;
  readonly config: NotifyConfig;
  /** Where people open the console, without a slash at its end. */
  readonly consoleUrl: string | undefined;
  /** Event time of the record. */
  readonly nowMs: number;
  readonly outputs: Output[];
  /** Counts what was left out, by a bounded set of reasons. */
  readonly count: (reason: string) => void;
}
