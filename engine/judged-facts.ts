import { identityFact } from '../rules/facts.ts';
import type { Fact } from '../rules/compiled-rule.ts';
import type { BaselineFigures, WindowFigure } from './baselines/baseline.ts';
import type { FieldLayout, WindowSums } from './windows.ts';
import type { Who } from './who.ts';

/** What conditions and templates may ask at the moment of judging; the names are those of rules/facts.ts. */
export interface JudgedContext {
  who: Who;
  sums: WindowSums;
  layout: FieldLayout;
  window: WindowFigure;
  figures: BaselineFigures | undefined;
  firings1h: number;
  ageMs: number;
}

export function lookUpFact(context: JudgedContext, name: string): Fact {
  switch (name) {
    case 'measure':
    case 'value':
      return context.window.value;
    case 'measure_count':
      return context.window.denominator;
    case 'window_ms':
      return context.window.windowMs;
    case 'firings_1h':
      return context.firings1h;
    case 'age_ms':
      return context.ageMs;
    default:
      return baselineFact(context.figures, name) ?? fieldFact(context, name) ?? whoFact(context.who, name);
  }
}

function baselineFact(figures: BaselineFigures | undefined, name: string): Fact {
  switch (name) {
    case 'baseline.score':
      return figures?.score;
    case 'baseline.expected':
      return figures?.expected;
    case 'baseline.lower':
      return figures?.lower;
    case 'baseline.upper':
      return figures?.upper;
    case 'baseline.samples':
      return figures?.samples;
    case 'baseline.age_ms':
      return figures?.ageMs;
    case 'baseline.learned':
      return figures?.learned;
    case 'new_members':
      return figures?.newMembers;
    default:
      return undefined;
  }
}

function fieldFact({ layout, sums }: JudgedContext, name: string): Fact {
  const index = layout.indexOf.get(name);
  return index === undefined ? undefined : sums.values[index];
}

function whoFact({ subject, peer, role, servicePort, protocol, target }: Who, name: string): Fact {
  return identityFact(name, subject, { role, service_port: servicePort, protocol, peer, target });
}
