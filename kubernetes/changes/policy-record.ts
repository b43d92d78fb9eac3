import type { KubernetesObject } from '../api.ts';

/** What is kept of a NetworkPolicy: that it changed, not what it says. */
export interface PolicyRecord {
  readonly namespace: string;
  readonly name: string;
  readonly generation: number;
  readonly createdMs: number;
}

export function keepPolicy({ metadata }: KubernetesObject): PolicyRecord {
  const { namespace = '', name, generation = 0, creationTimestamp } = metadata;
  return { namespace, name, generation, createdMs: Date.parse(creationTimestamp ?? '') || 0 };
}
