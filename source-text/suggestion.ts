import { closest, distance } from 'fastest-levenshtein';

/** The known word that was probably meant, or undefined when none is near (a third of its letters wrong at most, at least two allowed). */
export function suggest(word: string, known: Iterable<string>): string | undefined {
  const candidates = [...known];
  if (candidates.length === 0) return undefined;
  const nearest = closest(word.toLowerCase(), candidates);
  const allowed = Math.max(2, Math.floor(nearest.length / 3));
  return distance(word.toLowerCase(), nearest.toLowerCase()) <= allowed ? nearest : undefined;
}

/** `did you mean "x"?`, or undefined. */
export function didYouMean(word: string, known: Iterable<string>): string | undefined {
  const nearest = suggest(word, known);
  return nearest === undefined ? undefined : `did you mean "${nearest}"?`;
}
