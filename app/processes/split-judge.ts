import type { CompileRules } from '../../engine/judge-context.ts';
import type { JudgeStage } from '../../engine/judge.ts';
import type { CompiledRule } from '../../rules/compiled-rule.ts';
import { rulesLoadedType, type RulesLoadedEvent } from '../../stream/events/control.ts';
import { observationsType, type ObservationsEvent } from '../../stream/events/observation.ts';
import { isBroadcast } from '../../stream/kafka/output-messages.ts';
import type { Output, Stage, StateChange, StreamRecord } from '../../stream/port.ts';

/**
 * The signals are spread by workload, so a judge of one partition sees all of a workload and nothing of the others.
 * A rule whose keys are coarser (a resolver, whoever asks it) is judged apart, on one topic that all partitions
 * forward to: otherwise several judges would tell different things of one alert.
 */
export function isWide({ by }: Pick<CompiledRule, 'by'>): boolean {
  return !(by.includes('namespace') && by.includes('workload'));
}

/** The same rules without those that `keep` refuses. */
export function compileOnly(compile: CompileRules, keep: (rule: CompiledRule) => boolean): CompileRules {
  return (files, options) => {
    const compiled = compile(files, options);
    return compiled.ok ? { ok: true, ruleSet: { rules: compiled.ruleSet.rules.filter(keep) } } : compiled;
  };
}

const stateKey = 'forward';
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** A judge that also passes on what the wide rules read. Its outputs to `signals` are meant for the wide topic. */
export function createForwardingJudge(judge: JudgeStage, compile: CompileRules, partition: number): Stage {
  let signals: ReadonlySet<string> = new Set();
  let changed = false;

  function forward({ event }: StreamRecord): readonly Output[] {
    if (event.type === observationsType) return forwardRows(event as ObservationsEvent);
    if (event.type === rulesLoadedType) noteRules(event as RulesLoadedEvent);
    // Every partition has it; one passes it on.
    return isBroadcast(event) && partition === 0 ? [{ topic: 'signals', event }] : [];
  }

  function noteRules({ data: { files, learn_ms: learnMs } }: RulesLoadedEvent): void {
    const compiled = compile(files, { learnMs });
    if (!compiled.ok) return;
    signals = new Set(compiled.ruleSet.rules.filter(isWide).map(({ signal }) => signal.id));
    changed = true;
  }

  function forwardRows(event: ObservationsEvent): readonly Output[] {
    const rows = event.data.rows.filter(({ signal }) => signals.has(signal));
    if (rows.length === 0) return [];
    // A source counts up by itself; what comes of it by way of several partitions does not, so each is one of its own.
    const source = `${event.source}/partitions/${partition}`;
    return [{ topic: 'signals', event: { ...event, source, data: { ...event.data, rows } } }];
  }

  return {
    name: judge.name,
    inputs: judge.inputs,
    restore(entries) {
      const own: (readonly [string, Uint8Array])[] = [];
      for (const [key, value] of entries)
        if (key === stateKey) signals = new Set(JSON.parse(decoder.decode(value)) as string[]);
        else own.push([key, value]);
      judge.restore(own);
    },
    process: (record) => [...judge.process(record), ...forward(record)],
    *drainState(): Iterable<StateChange> {
      yield* judge.drainState();
      if (changed) yield { key: stateKey, value: encoder.encode(JSON.stringify([...signals].sort())) };
      changed = false;
    },
  };
}
