/** Something that somebody or something changed in the cluster, and what of it it concerns. */
export interface ClusterChange {
  readonly atMs: number;
  readonly kind: 'rollout' | 'scaling' | 'network_policy' | 'node' | 'restart';
  /** Nothing named: the whole cluster. */
  readonly concerns: {
    readonly namespace?: string | undefined;
    readonly workload?: string | undefined;
    readonly node?: string | undefined;
  };
  /** For people. */
  readonly text: string;
}

/** Whom an alert is about: both ends. */
export interface Surroundings {
  readonly namespaces: ReadonlySet<string>;
  /** `deployment/checkout.shop`. */
  readonly workloads: ReadonlySet<string>;
  readonly nodes: ReadonlySet<string>;
}

export function concerns({ concerns: whom }: ClusterChange, around: Surroundings): boolean {
  const { namespace, workload, node } = whom;
  if (node !== undefined) return around.nodes.has(node);
  if (workload !== undefined) return around.workloads.has(`${workload}.${namespace ?? ''}`);
  return namespace === undefined || around.namespaces.has(namespace);
}
