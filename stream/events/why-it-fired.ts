import type { Transition } from './transition.ts';

export interface WhyItFired {
  /** Sentences, the decisive one first. */
  readonly because: readonly string[];
  /** What the baseline looked at, in its order; `held: false` is no fault where something else decided. */
  readonly checked: readonly { readonly held: boolean; readonly name: string; readonly text: string }[];
}

const fixedBound = 'Beyond a bound that holds whatever is normal here.';

/**
 * Why a transition counts as abnormal, for a person: by its baseline, by the baseline's fixed bound (`ceiling`) while
 * what is normal is not known or not passed, or by another condition of the rule. Without telling these apart, a list
 * of checks that did not hold reads as if the alert should not have fired.
 */
export function whyItFired({ baseline, reason }: Pick<Transition, 'baseline' | 'reason'>): WhyItFired {
  if (!baseline) return { because: [reason], checked: [] };
  const checked = baseline.guards.map(({ held, name, text }) => ({ held, name, text }));
  const because = [baseline.why];
  if (baseline.score === null || baseline.score <= 1) because.unshift(ownCondition(reason));
  else if (checked.some(({ held }) => !held)) because.push(fixedBound);
  return { because, checked };
}

/** The engine names the condition of a level behind it: `page at once (measure >= 25%)`. */
function ownCondition(reason: string): string {
  const condition = /\((.+)\)/.exec(reason)?.[1];
  const what = 'A condition of the rule decided, whatever is normal here';
  return condition === undefined ? `${what}.` : `${what}: ${condition}.`;
}
