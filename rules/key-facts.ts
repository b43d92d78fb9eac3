import { didYouMean } from '../source-text/suggestion.ts';
import { keyFactNames } from './facts.ts';
import type { Path, Report } from './parse/faults.ts';

/** Reports names that do not identify anything, and names that stand twice. `what` they cannot do, for the message. */
export function reportNoKeyFacts(names: readonly string[], at: Path, what: string, report: Report): void {
  for (const [index, name] of names.entries()) {
    const path = [...at, index];
    if (!keyFactNames.includes(name))
      report(
        { path },
        `"${name}" cannot ${what}`,
        didYouMean(name, keyFactNames) ?? `one of ${keyFactNames.join(', ')}`,
      );
    else if (names.indexOf(name) !== index)
      report({ path }, `"${name}" stands twice in ${String(at.at(-1))}`);
  }
}
