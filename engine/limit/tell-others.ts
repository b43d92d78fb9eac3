import type { Level } from '../../stream/events/transition.ts';
import type { Subject } from '../../stream/events/observation.ts';
import type { Output } from '../../stream/port.ts';
import { advance, type Change, type LifeRule } from '../alert-life.ts';
import type { JudgeContext } from '../judge-context.ts';
import { applyChange, createAlert, createKey } from '../judge-key.ts';
import type { Alert, KeyState, Others } from '../key-state.ts';
import { firingsWithin, type Look } from '../look.ts';
import type { RulePlan } from '../rule-plan.ts';
import type { Who } from '../who.ts';
import { commonSubject } from './common-subject.ts';
import { nameOfOthers, otherKey } from './other-key.ts';
import { renderOthers } from './render-others.ts';
import type { CountedKey } from './settle-limits.ts';

/** New figures are told when there are this many times as many, but not within `updateEveryMs` of the last time. */
const growthFactor = 1.25;
const updateEveryMs = 10_000;
const maxNamed = 8;

export interface OthersNow {
  /** The key of the alert that stands for them, if it has one open. */
  readonly others: KeyState | undefined;
  /** Worst first. */
  readonly counted: readonly CountedKey[];
}

/** The life of the alert that stands for those that are counted: it fires while there are any, at their highest level. */
export function tellOthers(
  context: JudgeContext,
  plan: RulePlan,
  { others, counted }: OthersNow,
  nowMs: number,
): readonly Output[] {
  const cluster = others?.cluster ?? counted[0]?.cluster;
  if (cluster === undefined) return [];
  const key = others ?? othersKey(context, plan, cluster, nowMs);
  const atMs = Math.max(nowMs, key.newestMs);
  key.newestMs = atMs;
  const alert = key.alert ?? open(plan, key, counted, atMs);
  const { rule } = plan;
  const state = (alert.others = gather(plan, cluster, alert.others, counted));
  const look = lookOf(plan, key, counted, atMs);
  const life: LifeRule = {
    when: rule.when,
    levels: rule.levels.map(({ level }) => ({ level, forMs: 0, when: undefined })),
    clear: undefined,
    confirm: undefined,
    keepFiringForMs: rule.keepFiringForMs,
    expireAfterMs: Infinity,
  };
  const change = advance(alert, look, life) ?? growth(alert, state, atMs);
  context.memory.touch(key);
  if (!change) return [];
  const output = tell(plan, key, alert, look, { ...change, reason: reasonOf(state, change) });
  context.memory.touch(key);
  return [output];
}

/** Its rule is gone, or judges other keys now. */
export function expireOthers(
  plan: RulePlan,
  key: KeyState,
  nowMs: number,
  reason: string,
): readonly Output[] {
  const { alert } = key;
  if (!alert) return [];
  const look = lookOf(plan, key, [], Math.max(nowMs, key.newestMs));
  return [tell(plan, key, alert, look, { state: 'expired', level: alert.level, update: false, reason })];
}

function othersKey(
  { memory, partition }: JudgeContext,
  plan: RulePlan,
  cluster: string,
  nowMs: number,
): KeyState {
  const by = nameOfOthers(plan.rule.by, partition);
  const known = memory.find(plan.rule.id, cluster, by);
  if (known) return known;
  const key: KeyState = { ...createKey(plan, cluster, by, nowMs), baseline: null };
  memory.add(key);
  return key;
}

function open(plan: RulePlan, key: KeyState, counted: readonly CountedKey[], nowMs: number): Alert {
  const subject = commonSubject(
    key.cluster,
    counted.map(({ alert }) => alert.who.subject),
  );
  key.episode += 1;
  key.alert = { ...createAlert(plan, key, { who: whoOf(subject), nowMs }), shift: null };
  return key.alert;
}

/** Nobody in particular. */
function whoOf(subject: Subject): Who {
  const peer = { kind: 'unknown', name: otherKey, ip: '' } as const;
  return { subject, peer, role: 'client', servicePort: 0 };
}

/** Once the first are told, what they have in common only gets less: routes and silences match by it. */
function gather(
  { rule }: RulePlan,
  cluster: string,
  before: Others | undefined,
  counted: readonly CountedKey[],
): Others {
  const subjects = counted.map(({ alert }) => alert.who.subject);
  return {
    subject: commonSubject(cluster, before ? [before.subject, ...subjects] : subjects),
    counted: {
      count: counted.length,
      most: Math.max(before?.counted.most ?? 0, counted.length),
      limit: rule.limit ?? null,
      worst: counted.slice(0, maxNamed).map(({ by, alert: { fingerprint, level, value } }) => ({
        fingerprint,
        key: Object.fromEntries(rule.by.map((name, index) => [name, by[index] ?? ''])),
        level,
        value,
      })),
    },
    toldCount: before?.toldCount ?? 0,
  };
}

/** What the worst of them shows, and the highest level that any has. */
function lookOf(plan: RulePlan, key: KeyState, counted: readonly CountedKey[], nowMs: number): Look {
  const { rule, sums, layout } = plan;
  const [worst] = counted;
  const rankOf = (level: Level | null): number => rule.levels.findIndex((spec) => spec.level === level);
  const highest = Math.max(-1, ...counted.map(({ alert }) => rankOf(alert.level)));
  const isAny = counted.length > 0;
  const value = worst?.alert.value ?? NaN;
  const windowMs = worst?.alert.windowMs ?? 0;
  return {
    nowMs,
    hasRows: true,
    hasEvents: isAny,
    truth: isAny,
    levels: rule.levels.map((_spec, index) => index <= highest),
    clear: !isAny,
    clearSeen: true,
    context: {
      who: key.alert?.who ?? whoOf(commonSubject(key.cluster, [])),
      sums,
      layout,
      window: { windowMs, numerator: NaN, denominator: NaN, independent: NaN, value },
      figures: undefined,
      firings1h: firingsWithin(key, nowMs),
      ageMs: key.alert ? nowMs - key.alert.startedAtMs : 0,
    },
    facts: () => undefined,
  };
}

function growth({ toldMs, level }: Alert, { counted, toldCount }: Others, nowMs: number): Change | undefined {
  if (nowMs - toldMs < updateEveryMs || counted.count < toldCount * growthFactor) return undefined;
  if (counted.count === toldCount) return undefined;
  return { state: 'firing', level, update: true, reason: '' };
}

function reasonOf({ counted: { count, most, limit } }: Others, { state, level }: Change): string {
  if (state !== 'firing') return `none is counted any more, at most ${most} were`;
  const what = count === 1 ? 'alert of this rule is' : 'alerts of this rule are';
  const room =
    limit === null ? 'it has no limit any more' : `the ${limit} that its limit lets stand alone fire already`;
  return `${level ?? ''}: ${count} further ${what} counted here, ${room}`;
}

function tell(plan: RulePlan, key: KeyState, alert: Alert, look: Look, change: Change): Output {
  const previous = alert.seq === 0 ? null : { state: alert.state, level: alert.level };
  alert.seq += 1;
  alert.toldMs = look.nowMs;
  alert.toldWorst = alert.worst;
  if (alert.others) alert.others.toldCount = alert.others.counted.count;
  applyChange(plan, key, alert, look, change);
  return { topic: 'alerts', event: renderOthers({ plan, key, alert, look, change, previous }) };
}
