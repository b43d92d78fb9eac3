import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import type { FlightRecorder } from '../agent/recorder/port.ts';
import type { EmbeddedLog } from '../stream/embedded/embedded-log.ts';
import type { ObservationBatch } from '../stream/events/observation.ts';
import type { LoadedConfig } from './config/load-config.ts';
import type { Component } from './lifecycle.ts';
import type { PartReport } from './part-report.ts';
import type { MachineProblem } from './screen.ts';

/** Where a Saccade's observations come from: this machine's kernel, or agents elsewhere. */
export interface Eyes extends Component {
  /** Why this machine cannot be watched at all; undefined: it can, or it is not meant to be. */
  readonly machine: MachineProblem | undefined;
  /** undefined: captures are carried out elsewhere. */
  readonly captures: CapturesHere | undefined;
  /** Known after `start`. */
  parts(): readonly PartReport[];
  /** Batches of observations that came in since the start. */
  observed(): number;
}

export interface CapturesHere {
  /** undefined: refused with `unavailable`. */
  readonly recorder: FlightRecorder | undefined;
  readonly unavailable: string;
}

export interface EyesContext {
  readonly loaded: LoadedConfig;
  readonly log: EmbeddedLog;
  readonly registry: Registry;
  readonly logger: Logger;
  /** Gives peers the names of the cluster; what it gives is what is stored. */
  readonly nameBatch: (batch: ObservationBatch) => ObservationBatch;
  /** To be told of every batch: who talked to whom lately. */
  readonly note: (batch: ObservationBatch) => void;
  /** Why the stages can take nothing more for now. */
  readonly pressure: () => string | undefined;
  readonly onFatal: (error: Error) => void;
}

export type OpenEyes = (context: EyesContext) => Eyes;
