import type { Silence } from '../stream/events/control.ts';
import { matchesAll } from './matcher.ts';

export interface KnownSilence {
  readonly silence: Silence;
  readonly expiredBy: string | null;
}

/** Event time at which it ends; one that a person has expired has ended long ago. */
export function silenceEndMs({ silence, expiredBy }: KnownSilence): number {
  return expiredBy === null ? Date.parse(silence.ends_at) : -Infinity;
}

/** Whether it keeps an alert with these labels quiet at `nowMs`. */
export function silenceHolds(
  known: KnownSilence,
  labels: Parameters<typeof matchesAll>[1],
  nowMs: number,
): boolean {
  const began = Date.parse(known.silence.starts_at) <= nowMs;
  return began && nowMs < silenceEndMs(known) && matchesAll(known.silence.matchers, labels);
}
