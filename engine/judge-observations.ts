import { rowFacts } from '../rules/facts.ts';
import type { ObservationBatch, ObservationRow, ObservationsEvent } from '../stream/events/observation.ts';
import { PoisonError, type Output } from '../stream/port.ts';
import { noteEnded } from './ended-workloads.ts';
import type { JudgeContext } from './judge-context.ts';
import { isEventfulRow } from './eventful.ts';
import { createKey, judgeKey } from './judge-key.ts';
import type { JudgeMemory } from './judge-memory.ts';
import { otherKey } from './limit/other-key.ts';
import { isNew, settleLimits } from './limit/settle-limits.ts';
import type { KeyState } from './key-state.ts';
import { meetSubject } from './meet-subject.ts';
import { nameKey } from './name-late.ts';
import { mergeEvidence } from './merge-evidence.ts';
import { evidenceOfMember, noteMember } from './note-member.ts';
import type { RulePlan } from './rule-plan.ts';
import { seenBy } from './seen-by.ts';
import { admit, clampTime, parseEventId } from './source-guard.ts';
import { settleKey } from './teach-key.ts';
import { addRow, type TimeSpan } from './windows.ts';
import { whoOf, type Evidence, type Who } from './who.ts';

/** A key that rows of the batch belong to. */
interface Touched {
  readonly plan: RulePlan;
  readonly key: KeyState;
  who: Who;
  evidence: Evidence | undefined;
  /** One of its rows can fire the rule. */
  eventful: boolean;
}

/** Adds the batch's rows to their keys, then judges each key once. */
export function observeBatch(
  context: JudgeContext,
  event: ObservationsEvent,
  appendedAtMs: number,
): readonly Output[] {
  const span = admitBatch(context.memory, event, appendedAtMs);
  if (!span) return [];
  const { subject } = event.data;
  if (event.data.ended === true) noteEnded(context, subject, span.endMs);
  else {
    context.memory.setEnded(subject, null);
    meetSubject(context, subject, span.endMs);
  }
  const touched = new Map<KeyState, Touched>();
  for (const row of event.data.rows) addToKeys(context, event.data, row, span, touched);
  const outputs = [...touched.values()].flatMap((entry) => judgeTouched(context.memory, entry, span.endMs));
  if (context.plans.limited.size === 0) return outputs;
  const limited = new Set<string>();
  for (const key of touched.keys()) if (isNew(key)) limited.add(key.ruleId);
  return [...outputs, ...settleLimits(context, limited, span.endMs, 'record')];
}

/** The batch's time by the log's clock; undefined: it came before. */
function admitBatch(
  memory: JudgeMemory,
  event: ObservationsEvent,
  appendedAtMs: number,
): TimeSpan | undefined {
  const id = parseEventId(event.id);
  if (!id) throw new PoisonError(`observations: the id ${event.id} is not node/boot/seq`);
  const { start, elapsed_ms: elapsedMs } = event.data.window;
  const claimedMs = Date.parse(start) + elapsedMs;
  if (Number.isNaN(claimedMs)) throw new PoisonError(`observations: ${start} is no time`);
  const source = memory.source(event.source);
  if (!admit(source, id.boot, id.seq)) {
    memory.count('repeats');
    return undefined;
  }
  const endMs = clampTime(claimedMs, appendedAtMs);
  if (endMs !== claimedMs) memory.count('clamped');
  if (endMs < source.newestMs) memory.count('late');
  source.newestMs = Math.max(source.newestMs, endMs);
  return { startMs: endMs - elapsedMs, endMs };
}

function addToKeys(
  { memory, plans }: JudgeContext,
  batch: ObservationBatch,
  row: ObservationRow,
  span: TimeSpan,
  touched: Map<KeyState, Touched>,
): void {
  const candidates = plans.bySignal.get(row.signal);
  if (!candidates) return;
  const facts = rowFacts(batch.subject, row);
  for (const plan of candidates) {
    const { rule } = plan;
    if (rule.where && rule.where.evaluate(facts) !== true) continue;
    if (rule.isException(facts, span.endMs)) continue;
    const by = rule.by.map((name) => String(facts(name) ?? ''));
    const { cluster } = batch.subject;
    const key =
      memory.find(rule.id, cluster, by) ??
      nameKey(memory, plan, cluster, by, row.peer) ??
      newKey(memory, plan, cluster, by, span.endMs);
    addRow(key.buckets, rowSpan(key, span), row.fields, plan.layout, boundariesOf(key));
    if (rule.baseline?.method !== 'seen') {
      const eventful = isEventfulRow(plan, row);
      const evidence = seenBy(plan, batch.subject, row, eventful);
      noteTouched(touched, plan, key, batch, row, { eventful, evidence });
      continue;
    }
    // What is known already cannot fire the rule.
    const eventful = noteMember(memory, plan, key, facts, span.endMs);
    noteTouched(touched, plan, key, batch, row, { eventful, evidence: evidenceOfMember(row, eventful) });
  }
}

/** A row covers the time since the flush before it, at most since the start of its window. */
function rowSpan(key: KeyState, { startMs, endMs }: TimeSpan): TimeSpan {
  return key.newestMs > startMs && key.newestMs < endMs
    ? { startMs: key.newestMs, endMs }
    : { startMs, endMs };
}

/** Taught on one side, not yet on the other; and since the last event of an alert: how long it is over is counted from there. */
function boundariesOf({ taughtUntilMs, alert }: KeyState): readonly number[] {
  return alert ? [taughtUntilMs, alert.lastTrueMs] : [taughtUntilMs];
}

function newKey(
  memory: JudgeMemory,
  plan: RulePlan,
  cluster: string,
  by: readonly string[],
  nowMs: number,
): KeyState {
  const { id, maxKeys } = plan.rule;
  if (memory.keysOf(id).size >= maxKeys && by.some((value) => value !== otherKey)) {
    memory.countOverflow(id);
    const others = by.map(() => otherKey);
    return memory.find(id, cluster, others) ?? newKey(memory, plan, cluster, others, nowMs);
  }
  const key = createKey(plan, cluster, by, nowMs);
  memory.add(key);
  return key;
}

function noteTouched(
  touched: Map<KeyState, Touched>,
  plan: RulePlan,
  key: KeyState,
  batch: ObservationBatch,
  row: ObservationRow,
  { eventful, evidence }: Pick<Touched, 'eventful' | 'evidence'>,
): void {
  const known = touched.get(key);
  if (!known) {
    touched.set(key, { plan, key, who: whoOf(batch.subject, row), evidence, eventful });
    return;
  }
  if (eventful && !known.eventful) known.who = whoOf(batch.subject, row);
  if (evidence) known.evidence = mergeEvidence(known.evidence, evidence);
  known.eventful ||= eventful;
}

function judgeTouched(memory: JudgeMemory, touched: Touched, endMs: number): readonly Output[] {
  const { plan, key, who, evidence, eventful } = touched;
  key.newestMs = Math.max(key.newestMs, endMs);
  settleKey(plan, key);
  const nowMs = Math.max(endMs, key.alert?.lookedMs ?? 0);
  const moment = { who, endMs, nowMs, hasRows: true, hasEvents: eventful };
  const outputs = eventful || key.alert ? judgeKey(plan, key, moment, evidence) : [];
  memory.touch(key);
  return outputs;
}
