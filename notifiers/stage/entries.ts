import type { Silence } from '../../stream/events/control.ts';
import type { Capture, LostWay } from '../../stream/events/capture.ts';
import type { Notification } from '../../stream/events/notification.ts';
import type { Level, Transition } from '../../stream/events/transition.ts';
import type { AlertFacts } from '../content/alert-facts.ts';
import type { LeftLevel } from '../content/alert-view.ts';
import type { MessageContent } from '../content/message-content.ts';
import type { Operation, Receipt } from '../notifier.ts';

/** `fingerprint/episode`: the key of an alert's episode. */
export const alertKey = ({ fingerprint, episode }: Pick<Transition, 'fingerprint' | 'episode'>): string =>
  `${fingerprint}/${episode}`;

/** The latest of one episode, and what people and captures added to it. */
export interface AlertEntry {
  readonly transition: Transition;
  readonly acknowledgedBy: string | null;
  /**
   * Of its first transition: a peer that gets a name late is still the same trouble. Absent in state that an earlier
   * version wrote.
   */
  readonly path?: string;
  /** Finished or failed captures of this episode, oldest first. */
  readonly captures: readonly Capture[];
  /** Which way is broken, once something has shown it. */
  readonly lostWay?: LostWay | undefined;
  /** The first look at a capture showed a closed window of the peer. */
  readonly isPeerShut?: boolean;
  /** What functions or people noted, by name. */
  readonly notes?: Readonly<Record<string, string>>;
  /** Absent in state that an earlier version wrote. */
  readonly lastLevel?: Level | null;
  readonly leftLevels?: readonly LeftLevel[];
}

/** One message at one receiver: from its first alert until all have ended. */
export interface GroupEntry {
  readonly id: string;
  readonly receiver: string;
  /** Readable; also the partition key of its notifications. */
  readonly key: string;
  readonly groupIntervalMs: number;
  readonly repeatIntervalMs: number;
  /** `fingerprint/episode`, in order of arrival. */
  readonly members: readonly string[];
  /** Not told before: group_wait. */
  readonly waitUntilMs: number;
  /** `digest`: held back by the brake and told there. */
  readonly told: 'nothing' | 'message' | 'digest';
  readonly rootJob: string;
  readonly receipt: Receipt | null;
  /** The root was given up, so there is nothing to edit. */
  readonly lost: boolean;
  readonly toldLevel: Level | null;
  /** `fingerprint/episode` that the message names. */
  readonly toldMembers: readonly string[];
  readonly toldCaptures: readonly string[];
  readonly toldMarks: string;
  readonly toldContent: string;
  readonly lastEditMs: number;
  readonly lastLoudMs: number;
  readonly closedAtMs: number | null;
  /** Next moment at which something may be due without any event; null: never. */
  readonly dueMs: number | null;
  /** When a picture of the figures goes into the thread; absent, null: none is to come before the end. */
  readonly chartDueMs?: number | null;
  /** Replies and edits so far, for their ids. */
  readonly serial: number;
}

/** A message on its way. It is gone from the state once it arrived or was given up. */
export interface OutboxJob {
  readonly id: string;
  readonly receiver: string;
  readonly kind: string;
  readonly group: string;
  readonly groupId: string;
  readonly operation: Operation;
  readonly purpose: Notification['purpose'];
  readonly content: MessageContent;
  readonly alerts: Notification['alerts'];
  /** The alerts as data, for receivers that are told states. */
  readonly facts?: readonly AlertFacts[];
  readonly broadcast: boolean;
  /** Of the message that is edited or replied to; null while that one is on its way. */
  readonly root: Receipt | null;
  /** Event time of what it tells. */
  readonly causeMs: number;
  readonly queuedMs: number;
  /** Order of queueing. */
  readonly serial: number;
  readonly phase: 'queued' | 'sending' | 'retrying' | 'refused';
  readonly attempt: number;
  readonly firstAttemptMs: number | null;
  readonly lastAttemptMs: number | null;
  readonly possibleRepeat: boolean;
  /** Told to the fallback receiver that this one does not get through. */
  readonly reported: boolean;
}

export interface ReceiverEntry {
  readonly name: string;
  readonly ready: boolean;
  readonly reason: string | null;
  readonly sinceMs: number;
  /** Event times of new messages within the rate's window. */
  readonly postedMs: readonly number[];
  /** The digest that takes what the brake holds back now. */
  readonly digest: DigestEntry | null;
}

export interface DigestEntry {
  readonly id: string;
  readonly startedMs: number;
  readonly rootJob: string;
  readonly receipt: Receipt | null;
  readonly groups: readonly string[];
  /** Held back beyond those listed. */
  readonly more: number;
  readonly ended: number;
  readonly toldContent: string;
  readonly toldPage: boolean;
  readonly lastEditMs: number;
  readonly serial: number;
}

export interface SilenceEntry {
  readonly silence: Silence;
  readonly expiredBy: string | null;
}
