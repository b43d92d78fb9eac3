import { identityFact } from '../rules/facts.ts';
import type { Fact } from '../rules/compiled-rule.ts';
import type { Transition } from '../stream/events/transition.ts';

/** What a transition itself tells, under the names of rules/facts.ts. undefined: it does not. */
export function transitionFact(transition: Transition, name: string): Fact {
  const { value, window_ms: windowMs, at_ms: atMs, started_at_ms: startedAtMs, fields } = transition;
  switch (name) {
    case 'measure':
    case 'value':
      return value ?? undefined;
    case 'window_ms':
      return windowMs;
    case 'age_ms':
      return atMs - startedAtMs;
    default:
      return (
        baselineFact(transition, name) ??
        whoFact(transition, name) ??
        (Object.hasOwn(fields, name) ? fields[name] : undefined)
      );
  }
}

function baselineFact({ baseline }: Transition, name: string): Fact {
  switch (name) {
    case 'baseline.score':
    case 'baseline.expected':
    case 'baseline.lower':
    case 'baseline.upper':
      return (
        baseline?.[name.slice('baseline.'.length) as 'score' | 'expected' | 'lower' | 'upper'] ?? undefined
      );
    case 'baseline.samples':
      return baseline?.samples;
    case 'baseline.age_ms':
      return baseline?.age_ms;
    case 'baseline.learned':
      return baseline?.learned;
    default:
      return undefined;
  }
}

function whoFact(transition: Transition, name: string): Fact {
  const { subject, peer, role, service_port, target } = transition;
  if (!peer || !role || service_port === null) return undefined;
  return identityFact(name, subject, { peer, role, service_port, target: target ?? undefined });
}
