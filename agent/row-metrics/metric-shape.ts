import type {
  FieldDefinition,
  SignalDefinition,
  SketchDefinition,
  Unit,
} from '../../signals/define-signal.ts';

/** How one field of a signal looks in Prometheus. */
export interface MetricShape {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge';
  readonly field: string;
  /** Value in the field's unit times this is the value in Prometheus's base unit. */
  readonly factor: number;
}

export interface SketchShape {
  readonly name: string;
  readonly help: string;
  readonly sketch: string;
  readonly factor: number;
}

interface BaseUnit {
  /** Dropped from the field's name, which the base unit's suffix then ends. */
  readonly affix: RegExp;
  readonly suffix: string;
  readonly factor: number;
}

/** https://prometheus.io/docs/practices/naming/#base-units; counts are named by what they count. */
function baseUnitOf(unit: Unit): BaseUnit | undefined {
  switch (unit) {
    case 'us':
      return { affix: /_us$/, suffix: 'seconds', factor: 1e-6 };
    case 'ms':
      return { affix: /_ms$/, suffix: 'seconds', factor: 1e-3 };
    case 'bytes':
      return { affix: /^bytes_|_bytes$/, suffix: 'bytes', factor: 1 };
    case 'ratio':
      return { affix: /_ratio$/, suffix: 'ratio', factor: 1 };
    case 'percent':
      return { affix: /_percent$/, suffix: 'ratio', factor: 0.01 };
    default:
      return undefined;
  }
}

/** Sums are counters; what merges by its extreme is a level. */
export function metricShape(
  signal: Pick<SignalDefinition, 'id'>,
  field: string,
  definition: FieldDefinition,
): MetricShape {
  const base = baseUnitOf(definition.unit);
  const type = definition.merge === 'sum' ? 'counter' : 'gauge';
  const stem = nameOf(signal.id, field, base);
  return {
    name: type === 'counter' ? `${stem}_total` : stem,
    help: definition.description,
    type,
    field,
    factor: base?.factor ?? 1,
  };
}

/** A sketch is a histogram. */
export function sketchShape(
  signal: Pick<SignalDefinition, 'id'>,
  sketch: string,
  definition: SketchDefinition,
): SketchShape {
  const base = baseUnitOf(definition.unit);
  return {
    name: nameOf(signal.id, sketch, base),
    help: definition.description,
    sketch,
    factor: base?.factor ?? 1,
  };
}

/** `tcp.retransmits` with its field `retransmits` is `saccade_tcp_retransmits`: nothing is said twice. */
function nameOf(signal: string, field: string, base: BaseUnit | undefined): string {
  const words = `saccade_${signal.replaceAll('.', '_')}`;
  const own = base === undefined ? field : field.replace(base.affix, '');
  const stem = words.endsWith(`_${own}`) ? words : `${words}_${own}`;
  return base === undefined ? stem : `${stem}_${base.suffix}`;
}
