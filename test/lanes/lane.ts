/** Something that `npm test` does, in a process of its own. */
export interface Step {
  readonly name: string;
  readonly command: readonly [string, ...string[]];
  /** `tests`: vitest, which tells how many there were; `check`: as a whole it passes or fails, and counts as one. */
  readonly kind: 'tests' | 'check';
}

/** Steps one after another; several lanes run side by side. */
export interface Lane {
  readonly name: string;
  readonly steps: readonly Step[];
  /** `idle`: takes the processors only when nobody else wants them. */
  readonly priority: 'normal' | 'idle';
}
