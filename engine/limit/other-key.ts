/**
 * Stands for the values of a key that stands for many: keys beyond a rule's `max_keys`, which are judged together, and
 * alerts beyond its `limit`, which are counted together.
 */
export const otherKey = '__other__';
