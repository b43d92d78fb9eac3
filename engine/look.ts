import type { Facts, Truth } from '../rules/compiled-rule.ts';
import { cleanBefore } from './clean-before.ts';
import { isEventfulBucket } from './eventful.ts';
import { figureOf, nothingShown } from './figure.ts';
import { lookUpFact, type JudgedContext } from './judged-facts.ts';
import type { KeyState } from './key-state.ts';
import type { RulePlan } from './rule-plan.ts';
import { visitWindows, type Bucket } from './windows.ts';
import type { Who } from './who.ts';

/** One look at one key: what its conditions say at this moment. */
export interface Look {
  /** Event time; never earlier than the alert's look before. */
  readonly nowMs: number;
  /** Rows of this key caused the look (not a tick). */
  readonly hasRows: boolean;
  /** One of them can make the rule true by itself; else a window that is still true tells of what was before. */
  readonly hasEvents: boolean;
  readonly truth: Truth;
  /** By level of the rule: `when` and the level's own condition. */
  readonly levels: readonly Truth[];
  readonly clear: Truth;
  /** The window that was asked about clearing held data: its `clear` may be unknown for doubt, not for silence. */
  readonly clearSeen: boolean;
  /** Facts and figures that it was decided on: of the window that convinced, else of the window asked for the clearing. */
  readonly context: JudgedContext;
  readonly facts: Facts;
}

export interface Moment {
  readonly who: Who;
  /** End of the windows: the row's own time, so that a source whose clock lags is judged by its own. */
  readonly endMs: number;
  readonly nowMs: number;
  readonly hasRows: boolean;
  readonly hasEvents: boolean;
}

const hourMs = 3_600_000;

/** Firings of the last hour; an episode that has not fired yet would be one more. */
export function firingsWithin(key: KeyState, nowMs: number): number {
  const told = key.firings.filter((firedMs) => firedMs > nowMs - hourMs).length;
  return key.alert?.state === 'firing' ? told : told + 1;
}

/** Kleene's "and". */
function both(a: Truth, b: Truth): Truth {
  if (a === false || b === false) return false;
  return a === undefined || b === undefined ? undefined : true;
}

function emptyContext(plan: RulePlan, key: KeyState, moment: Moment): JudgedContext {
  return {
    who: moment.who,
    sums: plan.sums,
    layout: plan.layout,
    window: figureOf(plan, nothingShown, 0),
    figures: undefined,
    firings1h: firingsWithin(key, moment.nowMs),
    ageMs: key.alert ? moment.nowMs - key.alert.startedAtMs : 0,
  };
}

/**
 * Looks at the windows from the shortest on; the first in which `when` is true decides. If none is, the longest
 * speaks for all: it contains the others.
 *
 * An alert that fires is held up only by windows up to the one that it clears over or that convinced at first:
 * a minute's window would still see the fault when half a minute without it has passed.
 */
export function takeLook(plan: RulePlan, key: KeyState, moment: Moment): Look {
  const context = emptyContext(plan, key, moment);
  const facts: Facts = (name) => lookUpFact(context, name);
  const { rule } = plan;
  let truth: Truth;
  const visit = (windowMs: number): boolean => {
    judgeWindow(plan, key, context, windowMs, moment);
    truth = rule.when.evaluate(facts);
    return truth === true;
  };
  // What is left out of a short window is known all the same: see `cleanBefore`.
  const isClean = (bucket: Bucket): boolean =>
    !key.alert && bucket.endMs > key.taughtUntilMs && !isEventfulBucket(plan, bucket);
  visitWindows(key.buckets, moment.endMs, windowsFor(plan, key), plan.layout, plan.sums, visit, isClean);
  const levels = rule.levels.map((level) => both(truth, level.when ? level.when.evaluate(facts) : true));
  const asked = truth !== true && key.alert !== null;
  const clear = asked ? lookForClearing(plan, key, moment, context, facts, truth) : false;
  const clearSeen = plan.sums.hasData;
  const { nowMs, hasRows, hasEvents } = moment;
  return { nowMs, hasRows, hasEvents, truth, levels, clear, clearSeen, context, facts };
}

function windowsFor(plan: RulePlan, key: KeyState): readonly number[] {
  const { overMs } = plan.rule;
  if (key.alert?.state !== 'firing' || plan.clearWindowMs === undefined) return overMs;
  const longestMs = Math.max(plan.clearWindowMs, key.alert.windowMs, overMs[0] ?? 0);
  return overMs.filter((windowMs) => windowMs <= longestMs);
}

function judgeWindow(
  plan: RulePlan,
  key: KeyState,
  context: JudgedContext,
  windowMs: number,
  { nowMs, endMs }: Moment,
): void {
  const figure = figureOf(plan, plan.sums, Math.max(windowMs, plan.sums.newestSpanMs));
  context.window = { ...figure, cleanBefore: cleanBefore(plan, key, endMs) };
  if (plan.baseline && key.baseline)
    context.figures = plan.baseline.judge(key.baseline, context.window, nowMs);
}

/**
 * `clear` is asked of the last `for` as a whole: once that is normal, the key has been normal for so long. Where it holds
 * too little to tell, it is asked of the shortest longer window that holds enough.
 */
function lookForClearing(
  plan: RulePlan,
  key: KeyState,
  moment: Moment,
  context: JudgedContext,
  facts: Facts,
  truth: Truth,
): Truth {
  const { rule, clearWindowMs, layout, sums, baseline } = plan;
  if (!rule.clear || clearWindowMs === undefined) return truth === undefined ? undefined : !truth;
  const longer = baseline?.isEnough ? rule.overMs.filter((ms) => ms > clearWindowMs) : [];
  visitWindows(key.buckets, moment.endMs, [clearWindowMs, ...longer], layout, sums, (windowMs) => {
    judgeWindow(plan, key, context, windowMs, moment);
    return !baseline?.isEnough || baseline.isEnough(context.window);
  });
  return sums.hasData ? rule.clear.when.evaluate(facts) : undefined;
}
