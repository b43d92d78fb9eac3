import { signalCatalogue } from '../signals/catalogue.ts';
import type { MeasureDefinition, SignalDefinition } from '../signals/define-signal.ts';
import { compileBaseline } from './compile-baseline.ts';
import { checkExceptions, compileExceptions } from './compile-exceptions.ts';
import { compileConditions, scopesOf } from './compile-conditions.ts';
import { compileTemplates } from './compile-templates.ts';
import type { CaptureAction, CompiledRule } from './compiled-rule.ts';
import { reportNoKeyFacts } from './key-facts.ts';
import { readShape, type Readable } from './parse/check-shape.ts';
import type { Report } from './parse/faults.ts';
import type { RuleSource } from './parse/rule-source.ts';
import { ruleSchema, type ActionInput } from './schema.ts';
import { didYouMean } from '../source-text/suggestion.ts';

type ReadableRule = Readable<typeof ruleSchema.shape>;

export interface CompileRuleOptions {
  readonly learnMs: number | null;
  /** Where faults go; after one the returned rule must not be used. */
  readonly report: Report;
}

/** Checks one rule fully and builds its closures. undefined: faults have been reported. */
export function compileRule(
  source: RuleSource,
  { learnMs, report }: CompileRuleOptions,
): CompiledRule | undefined {
  const rule = readShape(ruleSchema, source.value, report);
  const signal = findSignal(rule, report);
  if (signal === undefined) return undefined;
  reportNoKeyFacts(rule.by ?? [], ['by'], 'be part of a key', report);
  const measure = findMeasure(rule, signal, report);
  if (measure === undefined) return undefined;
  const baseline =
    rule.baseline &&
    compileBaseline(rule.baseline, {
      signal,
      measureName: measure.name,
      measure: measure.definition,
      windows: rule.over?.length ?? 1,
      learnMs,
      report,
    });
  const scopes = scopesOf(signal, measure.definition, source.value['baseline']);
  const conditions = compileConditions(source.value, rule, { scopes, report });
  const labels = compileTemplates('labels', rule.labels ?? {}, scopes.judged.catalogue, report);
  const annotations = compileTemplates(
    'annotations',
    rule.annotations ?? {},
    scopes.judged.catalogue,
    report,
  );
  checkExceptions(source.value['exceptions'], report);
  if (conditions.when === undefined || !isComplete(rule)) return undefined;
  const { path, line, column } = source.locate({ path: [] });
  return {
    id: rule.id,
    alert: rule.alert,
    group: source.group,
    position: `${path}:${line}:${column}`,
    signal,
    by: rule.by,
    measureName: measure.name,
    measure: measure.definition,
    overMs: rule.over.toSorted((a, b) => a - b),
    baseline,
    ...conditions,
    when: conditions.when,
    keepFiringForMs: rule.keep_firing_for,
    expireAfterMs: rule.expire_after,
    isException: compileExceptions(rule.exceptions ?? []),
    labels,
    annotations,
    actions: {
      pending: (rule.actions.pending ?? []).map(toCaptureAction),
      firing: (rule.actions.firing ?? []).map(toCaptureAction),
    },
    maxKeys: rule.max_keys,
    limit: rule.limit,
    dryRun: rule.dry_run,
  };
}

type CompleteRule = ReadableRule &
  Required<
    Pick<
      ReadableRule,
      'id' | 'alert' | 'by' | 'over' | 'keep_firing_for' | 'expire_after' | 'actions' | 'max_keys' | 'dry_run'
    >
  >;

/** A key with a fault is absent; the fault has been reported. */
function isComplete(rule: ReadableRule): rule is CompleteRule {
  const needed = [
    'id',
    'alert',
    'by',
    'over',
    'keep_firing_for',
    'expire_after',
    'actions',
    'max_keys',
    'dry_run',
  ] as const;
  return needed.every((key) => rule[key] !== undefined);
}

function findSignal(rule: ReadableRule, report: Report): SignalDefinition | undefined {
  if (rule.signal === undefined) return undefined;
  const signal = signalCatalogue.get(rule.signal);
  if (signal === undefined)
    report(
      { path: ['signal'] },
      `unknown signal "${rule.signal}"`,
      didYouMean(rule.signal, signalCatalogue.keys()) ?? `one of ${[...signalCatalogue.keys()].join(', ')}`,
    );
  return signal;
}

function findMeasure(
  rule: ReadableRule,
  signal: SignalDefinition,
  report: Report,
): { readonly name: string; readonly definition: MeasureDefinition } | undefined {
  if (rule.measure === undefined) return undefined;
  const definition = Object.hasOwn(signal.measures, rule.measure) ? signal.measures[rule.measure] : undefined;
  if (definition !== undefined) return { name: rule.measure, definition };
  const known = Object.keys(signal.measures);
  report(
    { path: ['measure'] },
    `${signal.id} has no measure "${rule.measure}"`,
    didYouMean(rule.measure, known) ?? `one of ${known.join(', ')}`,
  );
  return undefined;
}

function toCaptureAction({ capture }: ActionInput): CaptureAction {
  return {
    beforeMs: capture.before,
    duringMs: capture.during,
    maxBytes: capture.max_bytes,
    cooldownMs: capture.cooldown,
  };
}
