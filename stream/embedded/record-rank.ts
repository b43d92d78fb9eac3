import type { CloudEvent } from '../cloud-event.ts';
import { tickType } from '../events/control.ts';
import { observationsType } from '../events/observation.ts';

/**
 * What a record is worth when room runs out before a slow consumer has read it; the lowest goes first.
 * 0 tick, 1 quiet observation, 2 candidate, 3 everything else (transitions, control events, notifications).
 */
export type RecordRank = 0 | 1 | 2 | 3;

export const recordRanks: readonly RecordRank[] = [0, 1, 2, 3];

export function recordRank(event: CloudEvent): RecordRank {
  if (event.type === tickType) return 0;
  if (event.type !== observationsType) return 3;
  return (event.data as { readonly candidate?: unknown }).candidate === true ? 2 : 1;
}
