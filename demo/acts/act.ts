/** A fault in force, begun by a process that shares nothing but the kernel with the detector. */
export interface BegunFault {
  /** Taken just before it began, so that no delay measured from it is flattered. */
  readonly begunAtMs: number;
  /** Ends it; resolves to what it did, counted by whoever did it. */
  heal(): Promise<FaultReport>;
}

export interface FaultReport {
  /** `the kernel dropped 267 of 2660 packets`. */
  readonly text: string;
  /** The same for programs. */
  readonly counts: Readonly<Record<string, number>>;
}

/** One kind of trouble, and what has to come of it. */
export interface Act {
  /** `loss`, `dns`, … */
  readonly name: string;
  /** Said when it begins: `another process loses 10 % of …`. */
  readonly headline: string;
  /** Names of the alerts that tell of it, and the ids of their rules. */
  readonly alerts: readonly string[];
  readonly ruleIds: readonly string[];
  readonly expects: 'page' | 'notice';
  /** false: what it tells stays news for longer than a demo lasts. */
  readonly resolves: boolean;
  /** `placebo`: all the same, but nothing goes wrong. */
  begin(placebo: boolean): Promise<BegunFault>;
}

/** An act that was played. */
export interface PlayedAct {
  readonly act: Act;
  readonly begunAtMs: number;
  readonly healedAtMs: number;
  readonly report: FaultReport;
}
