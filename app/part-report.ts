/**
 * How one thing runs: a signal, the flight recorder, names by DNS.
 * - `on`: as intended.
 * - `less`: by a lesser way than intended.
 * - `missing`: not at all.
 * - `off`: switched off by the configuration.
 */
export type PartState = 'on' | 'less' | 'missing' | 'off';

export interface PartReport {
  readonly name: string;
  readonly state: PartState;
  /** What it gives here; empty: nothing more to say. */
  readonly detail: string;
  /** Why it is not as intended; empty where it is. */
  readonly reason: string;
  /** What to do about it; empty: nothing. */
  readonly remedy: string;
}

/** One line on a part, without its remedy. */
export function describePart({ state, detail, reason }: PartReport): string {
  switch (state) {
    case 'on':
    case 'off':
      return detail;
    case 'less':
      return `${detail}: ${reason}`;
    case 'missing':
      return reason;
    default:
      return state satisfies never;
  }
}
