import type { CloudEvent } from '../cloud-event.ts';
import type { Stage, StreamRecord, Topic } from '../port.ts';

export interface StartOptions {
  readonly maxBatch?: number;
  /** Die at the nth passage (from 1) of this point: nothing after it happens any more. */
  readonly dieAt?: { readonly point: string; readonly passage: number };
}

/**
 * What the suite needs of a transport and its host: the same for the embedded log and for a broker. One harness
 * is one stream with its data, over which processes come and go.
 */
export interface ConformanceHarness {
  /** The places between which a crash may fall. */
  readonly points: readonly string[];
  /** Starts a process: opens the transport and runs the stages from their last commit on. */
  start(stages: readonly Stage[], options?: StartOptions): Promise<void>;
  /** Rejects if the process died before the answer. */
  append(topic: Topic, events: readonly CloudEvent[]): Promise<void>;
  /** Resolves when every stage has taken everything, or the process has died. */
  idle(): Promise<void>;
  died(): boolean;
  /** Why the host stopped by itself, if it did. */
  fatal(): Error | undefined;
  /** All records of a topic, in order. */
  read(topic: Topic): Promise<readonly StreamRecord[]>;
  /** Ends the process, or clears up after one that died; the data stay. */
  stop(): Promise<void>;
  /** Stops and removes the data. */
  dispose(): Promise<void>;
}

export type CreateHarness = () => Promise<ConformanceHarness>;
