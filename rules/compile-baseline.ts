import { isQuantile, type MeasureDefinition, type SignalDefinition } from '../signals/define-signal.ts';
import type { BaselineSpec, EnvelopeBaseline } from './compiled-rule.ts';
import { reportNoKeyFacts } from './key-facts.ts';
import type { Report } from './parse/faults.ts';
import type { Amount, BaselineInput } from './schema.ts';

export interface BaselineContext {
  readonly signal: SignalDefinition;
  readonly measureName: string;
  readonly measure: MeasureDefinition;
  /** How many windows the rule looks at. */
  readonly windows: number;
  /** Replaces `learn`; null: as the rule says. */
  readonly learnMs: number | null;
  readonly report: Report;
}

/** Checks a baseline against the measure it is for. */
export function compileBaseline(input: BaselineInput, context: BaselineContext): BaselineSpec {
  switch (input.method) {
    case 'rate':
      checkRate(input, context);
      return {
        method: 'rate',
        ...learning(input, context),
        maxP: input.max_p,
        minEvents: input.min_events,
        minValue: input.min_value,
        minRatio: input.min_ratio,
        ceiling: input.ceiling,
      };
    case 'envelope':
      return compileEnvelope(input, context);
    case 'static':
      return compileStatic(input, context);
    case 'seen':
      return compileSeen(input, context);
  }
}

function compileEnvelope(
  input: Extract<BaselineInput, { method: 'envelope' }>,
  context: BaselineContext,
): EnvelopeBaseline {
  const { report } = context;
  const spec: EnvelopeBaseline = {
    method: 'envelope',
    ...learning(input, context),
    minRatio: input.min_ratio,
    minDelta: inUnit(input.min_delta, 'min_delta', context),
    minValue: inUnit(input.min_value, 'min_value', context),
    minEvents: input.min_events,
    minSamples: input.min_samples,
    ceiling: input.ceiling === undefined ? undefined : inUnit(input.ceiling, 'ceiling', context),
  };
  if (spec.minDelta < 0)
    report({ path: ['baseline', 'min_delta'] }, 'min_delta is a distance, never negative');
  if (spec.direction === 'down' && spec.minValue > 0)
    report({ path: ['baseline', 'min_value'] }, 'min_value is for direction up', 'use min_delta');
  if (spec.ceiling !== undefined && spec.minValue > spec.ceiling)
    report(
      { path: ['baseline', 'min_value'] },
      'min_value lies above ceiling, so the ceiling could never be reached',
    );
  checkLevel(context);
  return spec;
}

/** What adds up grows with the window, so one envelope cannot judge it over several. */
function checkLevel({ signal, measure, measureName, windows, report }: BaselineContext): void {
  if (isQuantile(measure) || measure.denominator !== undefined || windows <= 1) return;
  if (signal.fields[measure.numerator]?.merge === 'sum')
    report(
      { path: ['baseline', 'method'] },
      `${measureName} adds up: over a longer window it is always higher, and "envelope" compares them all`,
      'name one window in "over", or use a ratio',
    );
}

function compileStatic(
  input: Extract<BaselineInput, { method: 'static' }>,
  context: BaselineContext,
): BaselineSpec {
  const bound = (key: 'lower' | 'upper') => {
    const written = input[key];
    return written === undefined ? undefined : inUnit(written, key, context);
  };
  const [lower, upper] = [bound('lower'), bound('upper')];
  if (lower === undefined && upper === undefined)
    context.report({ path: ['baseline'] }, '"static" needs lower or upper');
  if (lower !== undefined && upper !== undefined && lower > upper)
    context.report({ path: ['baseline', 'lower'] }, 'lower lies above upper');
  return { method: 'static', lower, upper, direction: input.direction };
}

function compileSeen(
  input: Extract<BaselineInput, { method: 'seen' }>,
  { learnMs, report }: BaselineContext,
): BaselineSpec {
  reportNoKeyFacts(input.of, ['baseline', 'of'], 'make a member', report);
  return {
    method: 'seen',
    of: input.of,
    learnMs: learnMs ?? input.learn,
    forgetMs: input.forget,
    maxMembers: input.max_members,
  };
}

/** A duration in the measure's unit. */
function inUnit(amount: Amount, key: string, { measure, measureName, report }: BaselineContext): number {
  if (typeof amount === 'number') return amount;
  if (measure.unit === 'us') return amount.durationMs * 1_000;
  if (measure.unit !== 'ms')
    report({ path: ['baseline', key] }, `${measureName} is in ${measure.unit}: a duration does not fit`);
  return amount.durationMs;
}

type Learning = Exclude<BaselineInput, { method: 'static' | 'seen' }>;

function learning(input: Learning, { learnMs }: BaselineContext) {
  return {
    windowMs: input.window,
    learnMs: learnMs ?? input.learn,
    acceptAfterMs: input.accept_after,
    direction: input.direction,
  };
}

function checkRate(input: Extract<BaselineInput, { method: 'rate' }>, context: BaselineContext): void {
  const { measure, measureName, signal, report } = context;
  if (isQuantile(measure) || measure.denominator === undefined)
    report(
      { path: ['baseline', 'method'] },
      `"rate" needs a ratio of counts, and ${measureName} has no denominator`,
      'use envelope or static',
    );
  else if (signal.priors[measureName] === undefined)
    report(
      { path: ['baseline', 'method'] },
      `"rate" needs a prior, and ${signal.id} has none for ${measureName}`,
      'use envelope or static',
    );
  if (input.min_value > input.ceiling)
    report(
      { path: ['baseline', 'min_value'] },
      'min_value lies above ceiling, so the ceiling could never be reached',
    );
  if (input.direction === 'down')
    report({ path: ['baseline', 'direction'] }, '"rate" knows only what is too much', 'direction: up');
}
