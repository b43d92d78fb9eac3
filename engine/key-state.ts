import type { Confirmation } from './confirmation.ts';
import type { Evidence, Who } from './who.ts';
import type { Subject } from '../stream/events/observation.ts';
import type { CountedAlerts, Level } from '../stream/events/transition.ts';
import type { BaselineState } from './baselines/baseline.ts';
import type { Tally } from './tally.ts';
import type { Bucket, Buckets } from './windows.ts';

/** The active episode of one key. Plain data; times are event times in ms. */
export interface Alert {
  readonly fingerprint: string;
  seq: number;
  state: 'pending' | 'firing';
  level: Level | null;
  readonly startedAtMs: number;
  firedAtMs: number | null;
  /** Time of the last look; looks never go back. */
  lookedMs: number;
  /** By level of the rule: since when its condition holds without a break; null: it does not. */
  heldSinceMs: (number | null)[];
  /** Last event with which the rule was true. A longer window stays true for its whole length after that. */
  lastTrueMs: number;
  /** What `clear` said at the last look (null: unknown), and for how long it is known to be true. */
  lastClear: boolean | null;
  clearForMs: number;
  lastDataMs: number;
  value: number | null;
  windowMs: number;
  worst: number | null;
  /** Absent in state that an earlier version wrote. */
  worstWindowMs?: number;
  /** Last transition told, and the worst value that it named. */
  toldMs: number;
  toldWorst: number | null;
  who: Who;
  evidence: Evidence | null;
  /** What the key did during the episode, kept in case that it is accepted as normal. */
  readonly shift: BaselineState | null;
  /** The rule's `confirm`, once it was asked. */
  confirmation?: Confirmation;
  /** When the shift was taken as the new normal; null: not yet. */
  acceptedMs: number | null;
  /** It fires, but not for itself: its rule's `limit` is reached. */
  counted?: Counted;
  /** Only of the alert that stands for all that are counted. */
  others?: Others;
}

/** Where an alert stands that waits for a place within its rule's `limit`. */
export interface Counted {
  readonly sinceMs: number;
  /** Why it fired. */
  readonly reason: string;
  /** No place was free when it asked first. */
  isNoted: boolean;
  /** The rule was true at the last look. */
  isTrue: boolean;
  /** Of the last look at which it was; null: unknown. */
  score: number | null;
}

/** What the alerts that are counted have in common, and how many they are. */
export interface Others {
  subject: Subject;
  counted: CountedAlerts;
  toldCount: number;
}

/** Everything that the judge remembers of one key of one rule. */
export interface KeyState {
  readonly ruleId: string;
  readonly cluster: string;
  /** Values of the rule's `by`, in its order. Changes once: when the peer, known by its address till then, gets a name. */
  by: readonly string[];
  /** Newest event time seen. */
  newestMs: number;
  /** Buckets up to here have been taught to the baseline or noted in the alert's shift. */
  taughtUntilMs: number;
  readonly buckets: Buckets;
  readonly baseline: BaselineState | null;
  /** Number of the last episode; 0: none yet. */
  episode: number;
  /** When episodes of the last hour began to fire, oldest first. */
  firings: number[];
  alert: Alert | null;
}

/**
 * `[newest − end, end − start, (index, value)…]`: zeros left out, null for unknown. Keeps a key small. An index
 * behind the fields is a bucket of the sketch.
 */
type PackedBucket = readonly (number | null)[];
type PackedKey = Omit<KeyState, 'buckets' | 'ruleId' | 'cluster' | 'by'> & {
  readonly fields: number;
  readonly buckets: readonly PackedBucket[];
};

/** Loops by index: every batch packs its keys, and iterators cost a third of that. */
function packBucket({ startMs, endMs, values, tally }: Bucket, newestMs: number): PackedBucket {
  const packed: (number | null)[] = [newestMs - endMs, endMs - startMs];
  for (let index = 0; index < values.length; index++) {
    const value = values[index] ?? NaN;
    if (value !== 0) packed.push(index, Number.isNaN(value) ? null : value);
  }
  if (tally) packTally(packed, tally, values.length);
  return packed;
}

function packTally(packed: (number | null)[], tally: Tally, fields: number): void {
  for (let i = 0; i + 1 < tally.length; i += 2) packed.push(fields + (tally[i] ?? 0), tally[i + 1] ?? 0);
}

function unpackBucket([back, span, ...pairs]: PackedBucket, newestMs: number, fields: number): Bucket {
  const endMs = newestMs - (back ?? 0);
  const values = new Array<number>(fields).fill(0);
  const tally: number[] = [];
  for (let i = 0; i + 1 < pairs.length; i += 2) {
    const index = pairs[i] ?? 0;
    if (index >= fields) tally.push(index - fields, pairs[i + 1] ?? 0);
    else values[index] = pairs[i + 1] ?? NaN;
  }
  return { startMs: endMs - (span ?? 0), endMs, values, tally: tally.length === 0 ? undefined : tally };
}

/** Without its name, which the entry of the state carries. */
export function packKey({ ruleId: _rule, cluster: _cluster, by: _by, ...key }: KeyState): string {
  const fields = key.buckets[0]?.values.length ?? 0;
  const buckets = key.buckets.map((bucket) => packBucket(bucket, key.newestMs));
  return JSON.stringify({ ...key, fields, buckets } satisfies PackedKey);
}

export function unpackKey(text: string, [ruleId = '', cluster = '', ...by]: readonly string[]): KeyState {
  const { fields, buckets, ...key } = JSON.parse(text) as PackedKey;
  const unpacked = buckets.map((bucket) => unpackBucket(bucket, key.newestMs, fields));
  return { ruleId, cluster, by, ...key, buckets: unpacked };
}
