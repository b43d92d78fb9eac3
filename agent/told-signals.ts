import type { ProbeCandidate, ProbeRow } from './probe.ts';
import type { Derivation } from './derivation.ts';

export interface ToldSignalsOptions {
  /** Asked for each row, so that an answer holds from the next one on. Must be cheap. */
  readonly isTold: (signal: string) => boolean;
  readonly derivations: readonly Pick<Derivation, 'signal' | 'from' | 'raw'>[];
}

/** Leaves out what is not to be told. Probes go on observing: switched on again, a signal begins where it is. */
export class ToldSignals {
  readonly #options: ToldSignalsOptions;
  readonly #leftOut: Record<string, number> = {};
  readonly #raw: ReadonlySet<string>;

  constructor(options: ToldSignalsOptions) {
    this.#options = options;
    this.#raw = new Set(options.derivations.flatMap(({ raw = [] }) => raw));
  }

  /** Of a row: it is told, or made into another that is. Counts it where not. */
  isNeeded(signal: string): boolean {
    const { isTold, derivations } = this.#options;
    const isSource = derivations.some((one) => one.from.includes(signal) && isTold(one.signal));
    return isSource || this.isTold(signal);
  }

  /** Of a row; counts it where not. */
  isTold(signal: string): boolean {
    if (this.#raw.has(signal)) return false;
    if (this.#options.isTold(signal)) return true;
    this.#leftOut[signal] = (this.#leftOut[signal] ?? 0) + 1;
    return false;
  }

  /** One that is taken and not told costs the others nothing of their limits. */
  wrap(candidate: ProbeCandidate): ProbeCandidate {
    const take = (): ProbeRow | undefined => {
      const row = candidate.take();
      return row !== undefined && this.isTold(row.signal) ? row : undefined;
    };
    return { key: candidate.key, take };
  }

  /** Rows left out so far, by signal. */
  leftOut(): Readonly<Record<string, number>> {
    return this.#leftOut;
  }
}
