import type { Output } from '../../stream/port.ts';
import type { JudgeContext } from '../judge-context.ts';
import { momentOf, tellCounted, tellPlaced } from '../judge-key.ts';
import type { Alert, Counted, KeyState } from '../key-state.ts';
import { takeLook } from '../look.ts';
import type { RulePlan } from '../rule-plan.ts';
import { tellOthers } from './tell-others.ts';

/** A key with an alert that is counted. */
export interface CountedKey extends KeyState {
  alert: Alert & { counted: Counted };
}

/** Seen from where it is asked: a record in which an alert began to fire, or all that has come since the last tick. */
type Occasion = 'record' | 'tick';

/**
 * Gives what places are free to the worst alerts that wait for one, and counts the rest in one more. Who has a place keeps
 * it until its alert ends, however much worse another gets: places that change hands would be messages.
 *
 * Asked after a record in which one began to fire, so of alerts that begin with one record (the peers of a workload) the
 * worst come first; and with every tick. Of several rules in the order of their ids.
 */
export function settleLimits(
  context: JudgeContext,
  ruleIds: ReadonlySet<string>,
  nowMs: number,
  occasion: Occasion,
): readonly Output[] {
  return [...ruleIds].toSorted().flatMap((ruleId) => {
    const plan = context.plans.byId.get(ruleId);
    if (!plan) return [];
    const clusters = Map.groupBy(context.memory.activeOf(ruleId), ({ cluster }) => cluster);
    const names = [...clusters.keys()].toSorted();
    return names.flatMap((name) => settle(context, plan, clusters.get(name) ?? [], nowMs, occasion));
  });
}

/** Has begun to fire, and has not been dealt with. */
export const isNew = ({ alert }: KeyState): boolean => alert?.counted?.isNoted === false;

/** Within one cluster. */
function settle(
  context: JudgeContext,
  plan: RulePlan,
  keys: readonly KeyState[],
  nowMs: number,
  occasion: Occasion,
): readonly Output[] {
  const waiting = keys.filter(isCounted);
  const others = keys.find(({ alert }) => alert?.others !== undefined);
  if (waiting.length === 0 && !others) return [];
  const standing = keys.filter(({ alert }) => alert?.state === 'firing' && !alert.others).length;
  const { limit = Infinity } = plan.rule;
  const free = Math.max(0, limit - (standing - waiting.length));
  // In a storm there is such a record for each of thousands: what comes of the others together can wait for the tick.
  if (occasion === 'record' && free === 0 && others)
    return waiting
      .filter(isNew)
      .toSorted(byWorst(plan))
      .flatMap((key) => noteUnplaced(context, plan, key, nowMs));
  const worst = waiting.toSorted(byWorst(plan));
  // What only waits to be clear gets no message of its own any more, unless there is nothing left to count it in.
  const placed = worst.filter(({ alert }) => alert.counted.isTrue || limit === Infinity).slice(0, free);
  const isPlaced = new Set<KeyState>(placed);
  const rest = worst.filter((key) => !isPlaced.has(key));
  return [
    ...placed.map((key) => place(context, plan, key, nowMs)),
    ...rest.flatMap((key) => noteUnplaced(context, plan, key, nowMs)),
    ...tellOthers(context, plan, { others, counted: rest }, nowMs),
  ];
}

function isCounted(key: KeyState): key is CountedKey {
  return key.alert?.counted !== undefined;
}

/** By level, then score, then value; the fingerprint decides last, so that the order depends on nothing else. */
function byWorst({ rule }: RulePlan): (a: CountedKey, b: CountedKey) => number {
  const isDown =
    rule.baseline !== undefined && 'direction' in rule.baseline && rule.baseline.direction === 'down';
  const sign = isDown ? -1 : 1;
  const rank = ({ level }: Alert): number => rule.levels.findIndex((spec) => spec.level === level);
  return ({ alert: a }, { alert: b }) =>
    rank(b) - rank(a) ||
    descending(a.counted.score, b.counted.score) ||
    sign * descending(a.value, b.value) ||
    (a.fingerprint < b.fingerprint ? -1 : 1);
}

/** What is unknown comes last. No difference, because infinity minus infinity is none. */
function descending(a: number | null, b: number | null): number {
  const [left, right] = [a ?? -Infinity, b ?? -Infinity];
  return left === right ? 0 : left > right ? -1 : 1;
}

function place({ memory }: JudgeContext, plan: RulePlan, key: CountedKey, nowMs: number): Output {
  const { alert } = key;
  const { sinceMs, reason, isNoted } = alert.counted;
  const look = takeLook(plan, key, momentOf(key, nowMs));
  const since = new Date(sinceMs).toISOString();
  const told = isNoted ? `${reason}; since ${since} counted under __other__, now there is a place` : reason;
  const output = tellPlaced(plan, key, alert, look, told);
  memory.touch(key);
  return output;
}

/** Once an episode: counts it, and says so where it has been told of as pending. */
function noteUnplaced(
  { memory }: JudgeContext,
  plan: RulePlan,
  key: CountedKey,
  nowMs: number,
): readonly Output[] {
  const { alert } = key;
  if (alert.counted.isNoted) return [];
  alert.counted.isNoted = true;
  memory.countLimited(key.ruleId);
  memory.touch(key);
  if (alert.seq === 0) return [];
  const look = takeLook(plan, key, momentOf(key, nowMs));
  const limit = plan.rule.limit ?? 0;
  const reason = `${alert.counted.reason}; counted under __other__: ${limit} alerts of this rule fire, its limit`;
  return [tellCounted(plan, key, alert, look, reason)];
}
