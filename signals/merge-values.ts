import type { Merge } from './define-signal.ts';

/** What two values of one field are together. */
export function mergeValues(merge: Merge, a: number, b: number): number {
  switch (merge) {
    case 'sum':
      return a + b;
    case 'max':
      return Math.max(a, b);
    case 'min':
      return Math.min(a, b);
  }
}
