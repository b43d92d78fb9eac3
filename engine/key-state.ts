import type { Evidence, Who } from './who.ts';
import type { Level } from '../stream/events/transition.ts';
import type { BaselineState } from './baselines/baseline.ts';
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
  lastTrueMs: number;
  lastDataMs: number;
  value: number | null;
  windowMs: number;
  worst: number | null;
  /** Last transition told, and the worst value that it named. */
  toldMs: number;
  toldWorst: number | null;
  who: Who;
  evidence: Evidence | null;
  /** What the key did during the episode, kept in case that it is accepted as normal. */
  readonly shift: BaselineState | null;
  /** When the shift was taken as the new normal; null: not yet. */
  acceptedMs: number | null;
}

/** Everything that the judge remembers of one key of one rule. */
export interface KeyState {
  readonly ruleId: string;
  readonly cluster: string;
  /** Values of the rule's `by`, in its order. */
  readonly by: readonly string[];
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

/** JSON has no NaN; a bucket is `[end, ...values]`, ends as differences from the newest, to keep a key small. */
type PackedBucket = readonly (number | null)[];
type PackedKey = Omit<KeyState, 'buckets'> & { readonly buckets: readonly PackedBucket[] };

export function packKey(key: KeyState): string {
  const buckets = key.buckets.map(({ endMs, values }) => [
    key.newestMs - endMs,
    ...values.map((value) => (Number.isNaN(value) ? null : value)),
  ]);
  return JSON.stringify({ ...key, buckets } satisfies PackedKey);
}

export function unpackKey(text: string): KeyState {
  const packed = JSON.parse(text) as PackedKey;
  const buckets = packed.buckets.map(
    ([back, ...values]): Bucket => ({
      endMs: packed.newestMs - (back ?? 0),
      values: values.map((value) => value ?? NaN),
    }),
  );
  return { ...packed, buckets };
}
