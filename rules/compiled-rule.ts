import type { TopLevelCondition } from 'json-rules-engine';
import type { ObservationRow, Subject } from '../stream/events/observation.ts';
import type { Level } from '../stream/events/transition.ts';
import type { MeasureDefinition, SignalDefinition } from '../signals/define-signal.ts';

/** Three-valued (Kleene): what is missing is unknown, and unknown neither fires nor clears. */
export type Truth = boolean | undefined;

/** `undefined` or NaN: unknown. */
export type Fact = string | number | boolean | undefined;
/** Looks a fact up by name: `peer.kind`, `measure`, `baseline.score`, `stalled_sockets`, `firings_1h`, … */
export type Facts = (name: string) => Fact;

export interface Condition {
  evaluate(facts: Facts): Truth;
  /** As an SRE would write it, for `explain`. */
  readonly text: string;
  /** Names of the facts it reads. */
  readonly facts: readonly string[];
}

export interface RateBaseline {
  readonly method: 'rate';
  readonly windowMs: number;
  readonly learnMs: number;
  /** False alarms allowed per key and hour, spent over every window looked at. */
  readonly maxP: number;
  readonly minEvents: number;
  /** Practical significance: below it nobody cares. */
  readonly minValue: number;
  /** Against the upper normal rate. */
  readonly minRatio: number;
  /** Abnormal anywhere, learned or not, and never taught as normal. */
  readonly ceiling: number;
  readonly acceptAfterMs: number;
  readonly direction: 'up' | 'down';
}
export interface EnvelopeBaseline {
  readonly method: 'envelope';
  readonly windowMs: number;
  readonly learnMs: number;
  readonly minRatio: number;
  readonly minDelta: number;
  /** Practical significance, an absolute floor: up to it nobody cares. 0: none. */
  readonly minValue: number;
  /** Values behind a quantile (trials of a ratio) that a window must hold to be judged, or taught. */
  readonly minEvents: number;
  readonly minSamples: number;
  readonly ceiling: number | undefined;
  readonly acceptAfterMs: number;
  readonly direction: 'up' | 'down';
}
export interface StaticBaseline {
  readonly method: 'static';
  readonly lower: number | undefined;
  readonly upper: number | undefined;
  readonly direction: 'up' | 'down';
}
/** Membership: whatever of `of` a key has not shown before is abnormal, once. */
export interface SeenBaseline {
  readonly method: 'seen';
  /** Facts whose values name a member. */
  readonly of: readonly string[];
  readonly learnMs: number;
  readonly forgetMs: number;
  readonly maxMembers: number;
}
export type BaselineSpec = RateBaseline | EnvelopeBaseline | StaticBaseline | SeenBaseline;

/** Reached once the rule's `when` and its own (undefined: none) have both held for `forMs`; unknown does not break it. */
export interface LevelSpec {
  readonly level: Level;
  readonly forMs: number;
  readonly when: Condition | undefined;
}

/** Asked once an episode, when it first would fire; see engine/confirm-alert.ts. */
export interface ConfirmSpec {
  readonly text: string;
  /** Names of the facts it reads. */
  readonly facts: readonly string[];
  /** The form that json-rules-engine runs, literals resolved. */
  readonly plain: TopLevelCondition;
}

export interface CaptureAction {
  readonly beforeMs: number;
  readonly duringMs: number;
  readonly maxBytes: number;
  readonly cooldownMs: number;
}

/** A checked rule, overlays applied, everything that costs time done once. */
export interface CompiledRule {
  readonly id: string;
  readonly alert: string;
  readonly group: string;
  /** file:line:column of its definition. */
  readonly position: string;
  readonly signal: SignalDefinition;
  readonly by: readonly string[];
  readonly measureName: string;
  readonly measure: MeasureDefinition;
  /** Ascending. */
  readonly overMs: readonly number[];
  readonly baseline: BaselineSpec | undefined;
  readonly where: Condition | undefined;
  readonly when: Condition;
  /** Ascending by level; the first has the lowest severity. */
  readonly levels: readonly LevelSpec[];
  readonly clear: { readonly when: Condition; readonly forMs: number } | undefined;
  readonly confirm?: ConfirmSpec | undefined;
  readonly keepFiringForMs: number;
  /** Firing without data for this long becomes `expired`. */
  readonly expireAfterMs: number;
  /** true: an exception matches, the row is not judged. `nowMs` is event time (exceptions have an `until`). */
  isException(facts: Facts, nowMs: number): boolean;
  /** Templates over facts; a fact that is unknown renders as `?`. */
  readonly labels: (facts: Facts) => Record<string, string>;
  readonly annotations: (facts: Facts) => Record<string, string>;
  readonly actions: { readonly pending: readonly CaptureAction[]; readonly firing: readonly CaptureAction[] };
  readonly maxKeys: number;
  /** Alerts that may fire at a time; the rest are counted in one more. undefined: no limit. */
  readonly limit?: number | undefined;
  readonly dryRun: boolean;
}

/** Facts of one row before any state: subject, peer, role, service_port and the row's own fields. */
export type RowFacts = (subject: Subject, row: ObservationRow) => Facts;

export interface RuleSet {
  /** Hash over all sources: the same sources give the same revision. */
  readonly revision: string;
  readonly rules: readonly CompiledRule[];
  readonly files: readonly { readonly path: string; readonly text: string }[];
}

export type { Fault as RuleFault } from '../source-text/fault.ts';
