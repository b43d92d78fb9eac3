import type { SeenBaseline } from '../../rules/compiled-rule.ts';
import { formatDuration } from '../../source-text/figures.ts';
import type { BaselineVerdict, Guard } from '../../stream/events/transition.ts';
import type { Baseline, BaselineFigures, WindowFigure } from './baseline.ts';

/** What a key's `seen` baseline remembers beside its set of members (engine/member-sets.ts). */
export interface SeenState {
  readonly method: 'seen';
  readonly firstMs: number;
  /** Members known. */
  size: number;
  /** New members and when they came, oldest first: as long as a window may still ask for them. */
  fresh: (readonly [name: string, atMs: number])[];
}

/** More in one window are not told apart. */
const maxFresh = 64;
const maxNamed = 16;

export function isLearning(
  { learnMs }: Pick<SeenBaseline, 'learnMs'>,
  state: SeenState,
  nowMs: number,
): boolean {
  return nowMs < state.firstMs + learnMs;
}

/** Notes a new member, and forgets those that no window asks for any more. */
export function addFresh(state: SeenState, name: string, atMs: number, retentionMs: number): void {
  state.fresh = [...state.fresh.filter(([, ms]) => ms > atMs - retentionMs), [name, atMs] as const].slice(
    -maxFresh,
  );
}

function freshIn(state: SeenState, windowMs: number, nowMs: number): readonly string[] {
  return state.fresh.filter(([, ms]) => ms > nowMs - windowMs && ms <= nowMs).map(([name]) => name);
}

function judge(spec: SeenBaseline, state: SeenState, window: WindowFigure, nowMs: number): BaselineFigures {
  const learned = !isLearning(spec, state, nowMs);
  const newMembers = freshIn(state, window.windowMs, nowMs).length;
  return {
    expected: NaN,
    lower: NaN,
    upper: NaN,
    score: learned ? (newMembers === 0 ? 0 : 1 + newMembers) : NaN,
    samples: state.size,
    ageMs: nowMs - state.firstMs,
    learned,
    newMembers: learned ? newMembers : NaN,
  };
}

function verdict(spec: SeenBaseline, state: SeenState, window: WindowFigure, nowMs: number): BaselineVerdict {
  const { learned, ageMs, score, samples } = judge(spec, state, window, nowMs);
  const fresh = freshIn(state, window.windowMs, nowMs);
  const more = fresh.length > maxNamed ? ` and ${fresh.length - maxNamed} more` : '';
  const named = fresh.length === 0 ? 'none' : `${fresh.slice(0, maxNamed).join(', ')}${more}`;
  const guards: Guard[] = [
    {
      name: 'learned',
      held: learned,
      value: ageMs,
      limit: spec.learnMs,
      text: learned ? 'learning period over' : 'still learning: whatever comes is taken as known',
    },
    { name: 'new', held: fresh.length > 0, value: fresh.length, limit: 1, text: `new: ${named}` },
  ];
  return {
    method: 'seen',
    expected: null,
    lower: null,
    upper: null,
    score: Number.isNaN(score) ? null : score,
    samples,
    age_ms: ageMs,
    learned,
    why: `new: ${named}; ${samples} known since ${formatDuration(ageMs)}, forgotten after ${formatDuration(spec.forgetMs)} without contact.`,
    guards,
  };
}

/**
 * Baseline by membership: what was seen before is normal. A member is taught the moment it comes, so it speaks once:
 * in the windows that contain its row. See docs/baselines.md.
 */
export function createSeenBaseline(spec: SeenBaseline): Baseline<SeenState> {
  return {
    create: (nowMs) => ({ method: 'seen', firstMs: nowMs, size: 0, fresh: [] }),
    look: () => undefined,
    judge: (state, window, nowMs) => judge(spec, state, window, nowMs),
    verdict: (state, window, nowMs) => verdict(spec, state, window, nowMs),
    teach: () => undefined,
    observe: () => undefined,
    accept: () => undefined,
    acceptAfterMs: Infinity,
  };
}
