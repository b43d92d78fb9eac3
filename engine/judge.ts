import {
  baselineAcceptedType,
  rulesLoadedType,
  tickType,
  type BaselineAcceptedEvent,
  type RulesLoadedEvent,
} from '../stream/events/control.ts';
import { alertConfirmedType, type AlertConfirmedEvent } from '../stream/events/confirmation.ts';
import { observationsType, type ObservationsEvent } from '../stream/events/observation.ts';
import { PoisonError, type Output, type Stage, type StreamRecord } from '../stream/port.ts';
import { confirm } from './judge-confirmation.ts';
import { noPlans, planRules, type CompileRules, type JudgeContext } from './judge-context.ts';
import { JudgeMemory, type JudgeCounts } from './judge-memory.ts';
import { observeBatch } from './judge-observations.ts';
import { loadRules } from './judge-rules.ts';
import { tick } from './judge-tick.ts';
import { ruleStats, type RuleStats } from './rule-stats.ts';
import { acceptByPerson } from './teach-key.ts';

export interface JudgeOptions {
  readonly compile: CompileRules;
  /** Where several judges share the keys of a rule: which of them this is. Keeps what they tell of `__other__` apart. */
  readonly partition?: number | undefined;
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
  /** By id, of the rules in force. Walks over all keys: for people who look, not for every second. */
  rules(): ReadonlyMap<string, RuleStats>;
}

/**
 * Signals in, transitions out. A pure function over the order of its records: time comes from them, nothing
 * depends on how they are cut into batches, and `drainState` → `restore` at any point changes nothing.
 */
export function createJudgeStage({ compile, partition }: JudgeOptions): JudgeStage {
  const memory = new JudgeMemory();
  const context: JudgeContext = { memory, plans: noPlans, partition };
  return {
    name: 'judge',
    inputs: ['signals'],
    restore(entries) {
      memory.restore(entries);
      context.plans = (memory.rules && planRules(compile, memory.rules)) ?? noPlans;
    },
    process: (record) => process(context, compile, record),
    drainState: () => memory.drain(),
    mayWait: () => true,
    // Only keys with an alert depend on time alone.
    tickWithinMs: () => (memory.sizes().alerts > 0 ? 0 : Infinity),
    stats: () => ({ ...memory.counts, ...memory.sizes(), rules: context.plans.byId.size }),
    rules: () =>
      new Map(
        [...context.plans.byId].map(([id, { rule }]) => [
          id,
          ruleStats(rule, memory.keysOf(id).values(), memory.counts.overflow[id] ?? 0),
        ]),
      ),
  };
}

function process(context: JudgeContext, compile: CompileRules, record: StreamRecord): readonly Output[] {
  const { event, appendedAtMs } = record;
  switch (event.type) {
    case observationsType:
      return observeBatch(context, event as ObservationsEvent, appendedAtMs);
    case tickType:
      return tick(context, Date.parse(event.time));
    case rulesLoadedType:
      return loadRules(context, compile, event as RulesLoadedEvent);
    case alertConfirmedType:
      return confirm(context, event as AlertConfirmedEvent);
    case baselineAcceptedType:
      accept(context, event as BaselineAcceptedEvent);
      return [];
    default:
      throw new PoisonError(`judge: nothing is known of events of type ${event.type}`);
  }
}

/** Only a key whose alert is still open can be accepted: afterwards it is not known what "this" was. */
function accept({ memory, plans }: JudgeContext, event: BaselineAcceptedEvent): void {
  const key = memory.active().find(({ alert }) => alert?.fingerprint === event.data.fingerprint);
  const plan = key && plans.byId.get(key.ruleId);
  if (plan && acceptByPerson(plan, key, Date.parse(event.time))) memory.touch(key);
}
