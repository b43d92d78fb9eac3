import type { TrafficProfile } from './traffic-profile.ts';

export const trialKinds = ['sustained', 'burst', 'second'] as const;
export type TrialKind = (typeof trialKinds)[number];

/** What one fault did and who told of it. */
export interface Trial {
  readonly kind: TrialKind;
  readonly profile: TrafficProfile['name'];
  /** Namespace of the receiver; fresh for every first fault. */
  readonly peer: string;
  /** Packets that the fault dropped, by nft's counter. */
  readonly dropped: number;
  /** What the sending host sent again from then on; more than was dropped: a busy machine answers too late (RFC 5682). */
  readonly retransmits: number;
  /** The same in the quiet before the fault: the machine's own. */
  readonly retransmitsBefore: number;
  /** By watcher who took part: seconds from the fault to the page; undefined: none came. */
  readonly seconds: ReadonlyMap<string, number | undefined>;
  /** Watchers who paged in the quiet before the fault. */
  readonly falseAlarms: readonly string[];
}
