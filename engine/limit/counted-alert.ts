import type { Change } from '../alert-life.ts';
import type { Alert, Counted } from '../key-state.ts';
import type { Look } from '../look.ts';

/**
 * An alert of a rule with a `limit` that fires, and is counted until it has a place. Its life goes on as if it had one
 * (levels, clearing, flapping), so that it neither comes earlier nor ends later for it; only that nobody is told.
 */
export function countFrom(look: Look, reason: string): Counted {
  const counted: Counted = { sinceMs: look.nowMs, reason, isNoted: false, isTrue: false, score: null };
  noteCounted(counted, look);
  return counted;
}

/** What places are given by: whether it is still bad, and how bad. */
export function noteCounted(counted: Counted, look: Look): void {
  counted.isTrue = look.truth === true;
  if (counted.isTrue) counted.score = storable(look.context.figures?.score);
}

/** State is kept as JSON, which has no infinity. */
function storable(score: number | undefined): number | null {
  if (score === undefined || Number.isNaN(score)) return null;
  return Math.min(score, Number.MAX_VALUE);
}

/** What others hear of a change: nothing, unless they were told that it is pending and it ends as that. */
export function toldOfCounted({ seq }: Alert, { sinceMs }: Counted, change: Change): Change | undefined {
  if (change.state === 'firing' || change.state === 'pending' || seq === 0) return undefined;
  const since = new Date(sinceMs).toISOString();
  return {
    state: 'cancelled',
    level: null,
    update: false,
    reason: `${change.reason}; counted under __other__ since ${since}`,
  };
}
