import type { Logger } from 'pino';
import type { LoadedConfig } from '../config/load-config.ts';

export interface ProcessOptions {
  readonly loaded: LoadedConfig;
  /** Overrides the configuration's. */
  readonly listen?: string | undefined;
  readonly learnMs?: number | undefined;
  readonly logger: Logger;
  /** Where a terminal receiver writes. */
  readonly output: { write(text: string): unknown; readonly isTTY?: boolean };
  /** Something failed for good: the process must end with an error. */
  readonly onFatal: (error: Error) => void;
}

/** What a person sees once it runs. */
export interface ProcessReport {
  readonly statusUrl: string;
  readonly lines: readonly string[];
}

/** One of the processes that together are a Saccade over Kafka. */
export interface SaccadeProcess {
  /** Resolves when it runs: where there is no broker yet it waits, and says so in its log. */
  start(): Promise<ProcessReport>;
  stop(): Promise<void>;
}
