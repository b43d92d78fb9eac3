import type { RetransmitCounts } from './retransmit-counter.ts';
import type { TrafficProfile } from './traffic-profile.ts';

export type TrialKind = 'sustained' | 'burst' | 'second';

/** What one fault did and who told of it. */
export interface Trial {
  readonly kind: TrialKind;
  readonly profile: TrafficProfile['name'];
  /** Namespace of the receiver; fresh for every first fault. */
  readonly peer: string;
  /** Packets that the fault dropped, by nft's counter. */
  readonly dropped: number;
  /** What the sending host sent again from then on. */
  readonly retransmits: RetransmitCounts;
  /** The same in the quiet before the fault: the machine's own, which answers too late when it is busy. */
  readonly retransmitsBefore: RetransmitCounts;
  /** By watcher who took part: seconds from the fault to the page; undefined: none came. */
  readonly seconds: ReadonlyMap<string, number | undefined>;
  /** Watchers who paged in the quiet before the fault. */
  readonly falseAlarms: readonly string[];
}
