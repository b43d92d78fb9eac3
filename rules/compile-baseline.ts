import { isQuantile, type MeasureDefinition, type SignalDefinition } from '../signals/define-signal.ts';
import type { BaselineSpec } from './compiled-rule.ts';
import type { Report } from './parse/faults.ts';
import type { BaselineInput } from './schema.ts';

export interface BaselineContext {
  readonly signal: SignalDefinition;
  readonly measureName: string;
  readonly measure: MeasureDefinition;
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
      return {
        method: 'envelope',
        ...learning(input, context),
        minRatio: input.min_ratio,
        minDelta: input.min_delta,
        minSamples: input.min_samples,
        ceiling: input.ceiling,
      };
    case 'static':
      checkStatic(input, context.report);
      return { method: 'static', lower: input.lower, upper: input.upper, direction: input.direction };
  }
}

type Learning = Exclude<BaselineInput, { method: 'static' }>;

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

function checkStatic(input: Extract<BaselineInput, { method: 'static' }>, report: Report): void {
  if (input.lower === undefined && input.upper === undefined)
    report({ path: ['baseline'] }, '"static" needs lower or upper');
  if (input.lower !== undefined && input.upper !== undefined && input.lower > input.upper)
    report({ path: ['baseline', 'lower'] }, 'lower lies above upper');
}
