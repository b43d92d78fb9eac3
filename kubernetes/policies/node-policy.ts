import { signalCatalogue } from '../../signals/catalogue.ts';
import type { UsablePolicy } from './agent-policy-record.ts';
import {
  type AgentPolicySpec,
  type Granularity,
  isTold,
  readablePolicySpecSchema,
} from './agent-policy-spec.ts';

/** What holds on a node. The same object as long as nothing changes. */
export interface NodePolicy {
  /** undefined: none selects the node; everything is told, by workload. */
  readonly name: string | undefined;
  readonly granularity: Granularity;
  readonly ranges: AgentPolicySpec['ranges'];
  /** Signals of the catalogue that are not told. */
  readonly leftOut: ReadonlySet<string>;
  /** Signals that it names and nobody here knows. */
  readonly unknown: readonly string[];
}

export function toNodePolicy(policy: UsablePolicy | undefined): NodePolicy {
  const spec = policy?.spec ?? readablePolicySpecSchema.parse({});
  const { granularity, ranges, signals } = spec;
  const known = [...signalCatalogue.keys()];
  const named = [...(signals?.only ?? []), ...(signals?.except ?? [])];
  return {
    name: policy?.name,
    granularity,
    ranges,
    leftOut: new Set(known.filter((signal) => !isTold(signal, spec))),
    unknown: named.filter((signal) => !signalCatalogue.has(signal)),
  };
}

export const noPolicy = toNodePolicy(undefined);

/** `edge: without dns; by pod; 2 ranges`. */
export function describeNodePolicy({ name, granularity, ranges, leftOut }: NodePolicy): string {
  if (name === undefined) return 'none selects this node';
  const count = ranges.internal.length + ranges.external.length;
  const effects = [
    ...(leftOut.size > 0 ? [`without ${[...leftOut].join(', ')}`] : []),
    ...(granularity === 'pod' ? ['by pod'] : []),
    ...(count > 0 ? [`${count} ${count === 1 ? 'range' : 'ranges'}`] : []),
  ];
  return `${name}: ${effects.length === 0 ? 'nothing differs' : effects.join('; ')}`;
}
