import type { Readable } from 'node:stream';
import type { Transition } from '../stream/events/transition.ts';
import type { Audit, Matcher, Silence, Verdict } from '../stream/events/control.ts';
import type { ConsoleReader } from './reader/console-reader.ts';

/** What the console needs of the rest of Saccade; the application connects it. */
export interface ConsolePorts {
  readonly reader: ConsoleReader;
  readonly actions: ConsoleActions;
  readonly rules: ConsoleRules;
  readonly packets: PacketReader;
  /** Calls back after everything that pages may show has changed; returns the way to end it. */
  readonly onChange: (listener: (change: LiveChange) => void) => () => void;
  readonly status: () => ConsoleStatus;
  readonly nowMs: () => number;
}

/** Something that a page may show has changed. */
export interface LiveChange {
  readonly kind: 'alert' | 'capture' | 'notification' | 'silence' | 'verdict';
  /** Fingerprint of the alert, id of the capture or silence; empty: none in particular. */
  readonly subject: string;
  /** Whose; null: it does not say. */
  readonly namespace: string | null;
}

export interface CaptureOrder {
  /** Of the workload; without, the one that talked last in whichever. */
  readonly namespace?: string | undefined;
  /** Only in these; set for people who may not everywhere. */
  readonly namespaces?: readonly string[] | undefined;
  readonly workload: string;
  readonly peer: string;
  readonly service_port?: number | undefined;
  readonly before_ms: number;
  readonly during_ms: number;
  readonly requested_by: string;
}

/** What people ask for. Each rejects with an error whose `status` and `message` are for the person who asked. */
export interface ConsoleActions {
  acknowledge(alert: { fingerprint: string; episode: number }, by: string): Promise<void>;
  giveVerdict(
    alert: { fingerprint: string; episode: number },
    verdict: Verdict | null,
    by: string,
  ): Promise<void>;
  /** What this alert's key does now is normal. */
  acceptAsNormal(transition: Transition, by: string): Promise<void>;
  silences(): readonly SilenceView[];
  addSilence(silence: {
    readonly matchers: readonly Matcher[];
    readonly duration_ms: number;
    readonly created_by: string;
    readonly comment: string;
  }): Promise<Silence>;
  expireSilence(id: string, by: string): Promise<void>;
  /** Ids of the silences that keep this alert's messages back. */
  silencedBy(transition: Transition): readonly string[];
  startCapture(order: CaptureOrder): Promise<{ readonly id: string }>;
  audit(entry: Audit): Promise<void>;
}

export interface SilenceView extends Silence {
  readonly expired_by: string | null;
}

/** One rule in force, and how it does. */
export interface RuleState {
  readonly id: string;
  readonly alert: string;
  readonly group: string;
  /** Of a rule that is an object of a cluster: its namespace, the only one that it sees. */
  readonly namespace: string | null;
  readonly signal: string;
  readonly measure: string;
  readonly by: readonly string[];
  readonly over_ms: readonly number[];
  /** Method of the baseline; null: none. */
  readonly baseline: string | null;
  readonly levels: readonly string[];
  readonly dry_run: boolean;
  /** file:line:column. */
  readonly position: string;
  /** Keys that the judge holds; null: it is not in this process. */
  readonly keys: number | null;
  /** Of these, still learning what is normal. */
  readonly learning: number | null;
  readonly open: number | null;
  /** Rows that went to `__other__`. */
  readonly overflow: number | null;
}

export interface RuleFaultView {
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

export interface ReplayedEpisode {
  readonly summary: string;
  readonly started_at_ms: number;
  readonly level: 'page' | 'notice' | 'pending';
  readonly ended_at_ms: number | null;
  readonly worst_value: number | null;
}

export interface ReplayView {
  /** `would have paged 3 times, …`. */
  readonly summary: string;
  readonly from_ms: number | null;
  readonly to_ms: number | null;
  readonly records: number;
  readonly episodes: readonly ReplayedEpisode[];
}

export interface ConsoleRules {
  list(): readonly RuleState[];
  /** Faults of a change that was not taken. */
  refused(): readonly string[];
  check(text: string): readonly RuleFaultView[];
  /** What the rules of this text would have done over the stored log. */
  replay(text: string): Promise<ReplayView>;
}

export interface PacketView {
  readonly at_ms: number;
  /** Since the first packet shown. */
  readonly offset_us: number;
  readonly direction: 'in' | 'out';
  readonly source: string;
  readonly destination: string;
  readonly protocol: string;
  readonly bytes: number;
  /** Flags, sequence, window; for a person. */
  readonly info: string;
  readonly mark: 'resent' | 'reset' | 'syn' | 'fin' | null;
}

export interface PacketReader {
  /** The whole file. Rejects with an error for a person where it is gone. */
  open(file: string): Promise<{ readonly bytes: number; readonly stream: Readable }>;
  /** The first packets of a capture's file. Rejects with an error for a person where it is gone. */
  read(
    file: string,
    limit: number,
  ): Promise<{ readonly packets: readonly PacketView[]; readonly total: number }>;
}

export interface ConsolePart {
  readonly name: string;
  readonly state: 'on' | 'less' | 'missing' | 'off';
  readonly detail: string;
  readonly reason: string;
  readonly remedy: string;
}

export interface ConsoleStatus {
  readonly version: string;
  readonly cluster: string;
  readonly node: string;
  readonly started_at_ms: number;
  readonly stages: readonly {
    readonly name: string;
    readonly ok: boolean;
    readonly lag: number;
    readonly reason: string;
  }[];
  readonly receivers: readonly {
    readonly name: string;
    readonly ready: boolean;
    readonly waiting: number;
    readonly reason: string;
  }[];
  /** Of this machine's agent; empty where it runs elsewhere. */
  readonly parts: readonly ConsolePart[];
  readonly default_receivers: boolean;
}
