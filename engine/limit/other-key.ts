/**
 * Stands for the values of a key that stands for many: keys beyond a rule's `max_keys`, which are judged together, and
 * alerts beyond its `limit`, which are counted together.
 */
export const otherKey = '__other__';

/**
 * Where alerts beyond a `limit` are counted: its name has one part more than a key of the rule, because keys beyond
 * `max_keys` may have an alert of their own. Judges that share the keys of a rule (`partition`) count apart, and say so
 * by another fingerprint.
 */
export function nameOfOthers(by: readonly string[], partition: number | undefined): readonly string[] {
  return [...by.map(() => otherKey), partition === undefined ? 'limit' : `limit/${partition}`];
}

/** Kept as long as its rule is: at most one a cluster, and the number of its next episode is in it. */
export function isOthers(name: readonly string[], { by }: { readonly by: readonly string[] }): boolean {
  return name.length > by.length;
}
