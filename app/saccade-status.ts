import type { JudgeStage } from '../engine/judge.ts';
import type { EmbeddedHost } from '../stream/embedded/embedded-host.ts';
import type { Pager } from './pager.ts';
import type { PartReport } from './part-report.ts';

/** What a running Saccade says of itself on its control socket (`saccade status`). */
export interface SaccadeStatus {
  readonly version: string;
  readonly node: string;
  readonly stages: ReturnType<EmbeddedHost['health']>;
  readonly receivers: ReturnType<Pager['health']>;
  readonly parts: readonly PartReport[];
  /** Absent: judges are elsewhere. */
  readonly judge?: ReturnType<JudgeStage['stats']>;
  /** Ids of those in force. */
  readonly rules: readonly string[];
  /** Faults of a change that was not taken. */
  readonly refused_rules: readonly string[];
}
