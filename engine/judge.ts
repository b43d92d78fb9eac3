import type { CompiledRule } from '../rules/compiled-rule.ts';
import { rowFacts } from '../rules/facts.ts';
import type { CloudEvent } from '../stream/cloud-event.ts';
import {
  baselineAcceptedType,
  rulesLoadedType,
  tickType,
  type BaselineAcceptedEvent,
  type RulesLoadedEvent,
} from '../stream/events/control.ts';
import {
  observationsType,
  type ObservationBatch,
  type ObservationRow,
  type ObservationsEvent,
} from '../stream/events/observation.ts';
import { PoisonError, type Output, type Stage, type StreamRecord } from '../stream/port.ts';
import { acceptByPerson, createKey, expireKey, judgeKey, settleKey } from './judge-key.ts';
import { JudgeMemory, type JudgeCounts, type LoadedRules } from './judge-memory.ts';
import type { KeyState } from './key-state.ts';
import type { Moment } from './look.ts';
import { indexBySignal, planRule, type RulePlan } from './rule-plan.ts';
import { admit, clampTime, parseEventId } from './source-guard.ts';
import { addRow } from './windows.ts';
import { whoOf, type Evidence, type Who } from './who.ts';

export type CompileRules = (
  files: LoadedRules['files'],
  options: { readonly learnMs: number | null },
) =>
  | { readonly ok: true; readonly ruleSet: { readonly rules: readonly CompiledRule[] } }
  | { readonly ok: false };

export interface JudgeOptions {
  /** Deterministic: a replay compiles the same rules from the same sources. */
  readonly compile: CompileRules;
}

export interface JudgeStats extends Readonly<JudgeCounts> {
  readonly keys: number;
  readonly alerts: number;
  readonly sources: number;
  readonly rules: number;
}

export interface JudgeStage extends Stage {
  /** Figures for metrics. */
  stats(): JudgeStats;
}

/** Keys beyond a rule's `max_keys` are judged together under this value. */
export const otherKey = '__other__';
const scanEveryMs = 60_000;
/** How long a key without data is kept once its rule has more than half of its keys. */
const crowdedIdleMs = 3_600_000;
const idleMs = 7 * 86_400_000;

interface Touched {
  readonly plan: RulePlan;
  readonly key: KeyState;
  who: Who;
  evidence: Evidence | undefined;
  eventful: boolean;
}

/**
 * Signals in, transitions out. A pure function over the order of its records: time comes from them, nothing
 * depends on how they are cut into batches, and `drainState` → `restore` at any point changes nothing.
 */
export function createJudgeStage({ compile }: JudgeOptions): JudgeStage {
  const memory = new JudgeMemory();
  let plans = new Map<string, RulePlan>();
  let bySignal = indexBySignal([]);

  /** undefined: the sources do not compile. */
  function planAll(rules: LoadedRules): Map<string, RulePlan> | undefined {
    const result = compile(rules.files, { learnMs: rules.learn_ms });
    return result.ok ? new Map(result.ruleSet.rules.map((rule) => [rule.id, planRule(rule)])) : undefined;
  }

  function usePlans(next: Map<string, RulePlan>): void {
    plans = next;
    bySignal = indexBySignal([...next.values()]);
  }

  function loadRules(event: RulesLoadedEvent): readonly Output[] {
    const next = planAll(event.data);
    if (!next) {
      memory.counts.refusedRules += 1;
      memory.countsChanged();
      return [];
    }
    const outputs = dropChanged(next, Date.parse(event.time));
    memory.setRules(event.data);
    usePlans(next);
    return outputs;
  }

  /** A rule that is gone, or whose keys mean something else now, takes its alerts and its keys with it. */
  function dropChanged(next: ReadonlyMap<string, RulePlan>, nowMs: number): readonly Output[] {
    const gone = [...plans.values()].filter((plan) => next.get(plan.rule.id)?.shape !== plan.shape);
    const ids = new Set(gone.map((plan) => plan.rule.id));
    const outputs = memory.active().flatMap((key) => {
      const plan = plans.get(key.ruleId);
      if (!plan || !ids.has(key.ruleId)) return [];
      const reason = next.has(key.ruleId) ? 'the rule judges other keys now' : 'the rule is gone';
      return expireKey(plan, key, momentOf(key, nowMs), reason);
    });
    for (const id of ids) for (const key of [...memory.keysOf(id).values()]) memory.remove(key);
    return outputs;
  }

  function observe(event: ObservationsEvent, appendedAtMs: number): readonly Output[] {
    const endMs = admitBatch(event, appendedAtMs);
    if (endMs === undefined) return [];
    const touched = new Map<KeyState, Touched>();
    for (const row of event.data.rows) addToKeys(event.data, row, endMs, touched);
    return [...touched.values()].flatMap((entry) => judgeTouched(entry, endMs));
  }

  /** Event time of the batch's end; undefined: it came before. */
  function admitBatch(event: ObservationsEvent, appendedAtMs: number): number | undefined {
    const id = parseEventId(event.id);
    if (!id) throw new PoisonError(`observations: the id ${event.id} is not node/boot/seq`);
    const source = memory.source(event.source);
    const { counts } = memory;
    const claimedMs = Date.parse(event.data.window.start) + event.data.window.elapsed_ms;
    const endMs = clampTime(claimedMs, appendedAtMs);
    const repeated = !admit(source, id.boot, id.seq);
    const late = endMs < source.newestMs;
    if (repeated) counts.repeats += 1;
    else {
      if (endMs !== claimedMs) counts.clamped += 1;
      if (late) counts.late += 1;
      source.newestMs = Math.max(source.newestMs, endMs);
    }
    if (repeated || late || endMs !== claimedMs) memory.countsChanged();
    return repeated ? undefined : endMs;
  }

  function addToKeys(batch: ObservationBatch, row: ObservationRow, endMs: number, touched: Map<KeyState, Touched>) {
    const candidates = bySignal.get(row.signal);
    if (!candidates) return;
    const facts = rowFacts(batch.subject, row);
    for (const plan of candidates) {
      const { rule } = plan;
      if (rule.where && rule.where.evaluate(facts) !== true) continue;
      if (rule.isException(facts, endMs)) continue;
      const by = rule.by.map((name) => String(facts(name) ?? ''));
      const key = keyFor(plan, batch.subject.cluster, by, endMs);
      addRow(key.buckets, endMs, row.fields, plan.layout, key.taughtUntilMs);
      noteTouched(touched, plan, key, batch, row);
    }
  }

  function keyFor(plan: RulePlan, cluster: string, by: readonly string[], nowMs: number): KeyState {
    const known = memory.find(plan.rule.id, cluster, by);
    if (known) return known;
    if (memory.keysOf(plan.rule.id).size >= plan.rule.maxKeys && by[0] !== otherKey) {
      memory.counts.overflow[plan.rule.id] = (memory.counts.overflow[plan.rule.id] ?? 0) + 1;
      memory.countsChanged();
      return keyFor(plan, cluster, by.map(() => otherKey), nowMs);
    }
    const key = createKey(plan, cluster, by, nowMs);
    memory.add(key);
    return key;
  }

  function judgeTouched({ plan, key, who, evidence, eventful }: Touched, endMs: number): readonly Output[] {
    key.newestMs = Math.max(key.newestMs, endMs);
    settleKey(plan, key);
    const nowMs = Math.max(endMs, key.alert?.lookedMs ?? 0);
    const outputs =
      eventful || key.alert ? judgeKey(plan, key, { who, endMs, nowMs, hasRows: true }, evidence) : [];
    memory.touch(key);
    return outputs;
  }

  function tick(nowMs: number): readonly Output[] {
    const outputs = memory.active().flatMap((key) => {
      const plan = plans.get(key.ruleId);
      if (!plan) return [];
      const result = judgeKey(plan, key, momentOf(key, nowMs));
      memory.touch(key);
      return result;
    });
    if (nowMs - memory.counts.scannedMs >= scanEveryMs) forgetIdle(nowMs);
    return outputs;
  }

  /** A key that has been without data for long is forgotten, sooner where its rule has many. */
  function forgetIdle(nowMs: number): void {
    for (const { rule } of plans.values()) {
      const keys = memory.keysOf(rule.id);
      const keepMs = keys.size > rule.maxKeys / 2 ? crowdedIdleMs : idleMs;
      for (const key of [...keys.values()])
        if (!key.alert && nowMs - key.newestMs > keepMs) memory.remove(key);
    }
    memory.counts.scannedMs = nowMs;
    memory.countsChanged();
  }

  function accept(event: BaselineAcceptedEvent): void {
    const key = memory.active().find(({ alert }) => alert?.fingerprint === event.data.fingerprint);
    const plan = key && plans.get(key.ruleId);
    if (plan && acceptByPerson(plan, key, Date.parse(event.time))) memory.touch(key);
  }

  function process({ event, appendedAtMs }: StreamRecord): readonly Output[] {
    switch (event.type) {
      case observationsType:
        return observe(event as ObservationsEvent, appendedAtMs);
      case tickType:
        return tick(Date.parse(event.time));
      case rulesLoadedType:
        return loadRules(event as RulesLoadedEvent);
      case baselineAcceptedType:
        accept(event as BaselineAcceptedEvent);
        return [];
      default:
        throw new PoisonError(`judge: nothing is known of events of type ${event.type}`);
    }
  }

  return {
    name: 'judge',
    inputs: ['signals'],
    restore(entries) {
      memory.restore(entries);
      const restored = memory.rules && planAll(memory.rules);
      if (restored) usePlans(restored);
    },
    process: (record: StreamRecord<CloudEvent>) => process(record),
    drainState: () => memory.drain(),
    stats: () => ({ ...memory.counts, ...memory.sizes(), rules: plans.size }),
  };
}

function momentOf(key: KeyState, nowMs: number): Moment {
  const who = key.alert?.who;
  if (!who) throw new Error(`judge: the key ${key.by.join('/')} is not active`);
  const endMs = Math.max(nowMs, key.newestMs);
  return { who, endMs, nowMs: Math.max(endMs, key.alert?.lookedMs ?? 0), hasRows: false };
}

function noteTouched(
  touched: Map<KeyState, Touched>,
  plan: RulePlan,
  key: KeyState,
  batch: ObservationBatch,
  row: ObservationRow,
): void {
  const eventful = !plan.eventFields || plan.eventFields.some((field) => (row.fields[field] ?? 0) > 0);
  const known = touched.get(key);
  if (!known) {
    touched.set(key, { plan, key, who: whoOf(batch.subject, row), evidence: row.evidence, eventful });
    return;
  }
  if (eventful && !known.eventful) known.who = whoOf(batch.subject, row);
  known.evidence ??= row.evidence;
  known.eventful ||= eventful;
}
