import { z } from 'zod';
import type { KubernetesObject } from '../api.ts';

/** What is kept of a node. */
export interface NodeRecord {
  readonly uid: string;
  readonly name: string;
  readonly ips: readonly string[];
  /** From which its pods have their addresses, where the cluster gives them out by node. */
  readonly podCidrs: readonly string[];
  readonly createdMs: number;
  readonly labels: Readonly<Record<string, string>>;
  /** Cordoned: no new pods. */
  readonly isUnschedulable: boolean;
  /** Keys of its taints. */
  readonly taints: readonly string[];
  /** `Ready`, `MemoryPressure`, …: `True`, `False` or `Unknown`. */
  readonly conditions: ReadonlyMap<string, string>;
}

const nodeSchema = z.looseObject({
  spec: z
    .looseObject({
      podCIDR: z.string().optional(),
      podCIDRs: z.array(z.string()).optional(),
      unschedulable: z.boolean().optional(),
      taints: z.array(z.looseObject({ key: z.string() })).optional(),
    })
    .default({}),
  status: z
    .looseObject({
      addresses: z.array(z.looseObject({ type: z.string(), address: z.string() })).optional(),
      conditions: z.array(z.looseObject({ type: z.string(), status: z.string() })).optional(),
    })
    .default({}),
});

const addressTypes = new Set(['InternalIP', 'ExternalIP']);

export function keepNode(object: KubernetesObject): NodeRecord {
  const { spec, status } = nodeSchema.parse(object);
  const { uid, name, creationTimestamp, labels = {} } = object.metadata;
  return {
    uid,
    name,
    ips: (status.addresses ?? []).filter(({ type }) => addressTypes.has(type)).map(({ address }) => address),
    podCidrs: spec.podCIDRs ?? (spec.podCIDR === undefined ? [] : [spec.podCIDR]),
    createdMs: Date.parse(creationTimestamp ?? '') || 0,
    labels,
    isUnschedulable: spec.unschedulable === true,
    taints: (spec.taints ?? []).map(({ key }) => key),
    conditions: new Map((status.conditions ?? []).map(({ type, status: state }) => [type, state])),
  };
}
