/**
 * The signal catalogue: one entry a signal, the one source for the type check of rules, Prometheus names,
 * docs and the console.
 */

/** How values of one field merge over windows, sockets and pods. */
export type Merge = 'sum' | 'max' | 'min';
export type Unit =
  | 'segments'
  | 'sockets'
  | 'episodes'
  | 'connections'
  | 'lookups'
  | 'requests'
  | 'us'
  | 'ms'
  | 'bytes'
  | 'events'
  | 'ratio'
  | 'percent';

export interface FieldDefinition {
  readonly unit: Unit;
  readonly merge: Merge;
  readonly description: string;
}

/** A distribution, told in bucket fields: see sketch.ts. */
export interface SketchDefinition {
  readonly unit: Unit;
  /** What it is a distribution of: "the median *of answers*". */
  readonly of: string;
  readonly description: string;
}

/** A field to judge, or a ratio of two fields (0/0 is unknown, never zero). */
export interface CountMeasure {
  readonly numerator: string;
  readonly denominator?: string;
  /** Field taken off the numerator (never below zero): what of it turned out not to count. */
  readonly less?: string;
  /** Fields whose sum counts the independent causes behind the numerator, where its events come in clusters. */
  readonly independent?: readonly string[];
  readonly unit: Unit;
  readonly description: string;
  /** What a figure of it is a figure of: "6.3 % *of segments resent*". Without one the measure's name stands there. */
  readonly phrase?: string;
}

/** A quantile of a sketch; unknown while nothing was counted. */
export interface QuantileMeasure {
  readonly sketch: string;
  /** 0 to 1. */
  readonly quantile: number;
  readonly unit: Unit;
  readonly description: string;
}

/** A figure to judge. */
export type MeasureDefinition = CountMeasure | QuantileMeasure;

export function isQuantile(measure: MeasureDefinition): measure is QuantileMeasure {
  return 'sketch' in measure;
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
  readonly sketches?: Readonly<Record<string, SketchDefinition>>;
  readonly measures: Readonly<Record<string, MeasureDefinition>>;
  /** By measure. */
  readonly priors: Readonly<Record<string, PriorDefinition>>;
}

/** Checks what the type system cannot: measures and priors name fields, sketches and measures that exist. */
export function defineSignal<const S extends SignalDefinition>(signal: S): S {
  for (const [name, measure] of Object.entries<MeasureDefinition>(signal.measures))
    for (const field of namesReadBy(measure))
      if (!(field in (isQuantile(measure) ? (signal.sketches ?? {}) : signal.fields)))
        throw new Error(`signal ${signal.id}: measure ${name} names the unknown field ${field}`);
  for (const name of Object.keys(signal.priors))
    if (!(name in signal.measures)) throw new Error(`signal ${signal.id}: prior for unknown measure ${name}`);
  return signal;
}

function namesReadBy(measure: MeasureDefinition): readonly string[] {
  if (isQuantile(measure)) return [measure.sketch];
  const { numerator, denominator, less, independent = [] } = measure;
  return [numerator, denominator, less, ...independent].filter((name) => name !== undefined);
}
