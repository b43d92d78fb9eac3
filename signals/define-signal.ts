/**
 * The signal catalogue: one entry a signal, the one source for the type check of rules, Prometheus names,
 * docs and the console.
 */

/** How values of one field merge over windows, sockets and pods. */
export type Merge = 'sum' | 'max' | 'min';
export type Unit =
  'segments' | 'sockets' | 'episodes' | 'us' | 'ms' | 'bytes' | 'events' | 'ratio' | 'percent';

export interface FieldDefinition {
  readonly unit: Unit;
  readonly merge: Merge;
  readonly description: string;
}

/** A figure to judge: a field, or a ratio of two fields (0/0 is unknown, never zero). */
export interface MeasureDefinition {
  readonly numerator: string;
  readonly denominator?: string;
  /** Field taken off the numerator (never below zero): what of it turned out not to count. */
  readonly less?: string;
  /** Fields whose sum counts the independent causes behind the numerator, where its events come in clusters. */
  readonly independent?: readonly string[];
  readonly unit: Unit;
  readonly description: string;
}

/**
 * What is grossly abnormal anywhere, before anything is learned: for ratios of counts a Beta prior by its
 * pseudo-counts (`events` seen in `trials`).
 */
export interface PriorDefinition {
  readonly events: number;
  readonly trials: number;
}

export interface SignalDefinition {
  /** e.g. `tcp.retransmits`. */
  readonly id: string;
  readonly description: string;
  readonly fields: Readonly<Record<string, FieldDefinition>>;
  readonly measures: Readonly<Record<string, MeasureDefinition>>;
  /** By measure. */
  readonly priors: Readonly<Record<string, PriorDefinition>>;
}

/** Checks what the type system cannot: measures and priors name fields and measures that exist. */
export function defineSignal<const S extends SignalDefinition>(signal: S): S {
  for (const [name, measure] of Object.entries(signal.measures))
    for (const field of [
      measure.numerator,
      measure.denominator,
      measure.less,
      ...(measure.independent ?? []),
    ])
      if (field !== undefined && !(field in signal.fields))
        throw new Error(`signal ${signal.id}: measure ${name} names the unknown field ${field}`);
  for (const name of Object.keys(signal.priors))
    if (!(name in signal.measures)) throw new Error(`signal ${signal.id}: prior for unknown measure ${name}`);
  return signal;
}
