import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { KubernetesObject } from '../api.ts';

export const workloadKinds = ['deployment', 'statefulset', 'daemonset'] as const;
export type WorkloadKind = (typeof workloadKinds)[number];

/** What is kept of a Deployment, StatefulSet or DaemonSet. */
export interface WorkloadRecord {
  readonly namespace: string;
  /** `deployment/checkout`. */
  readonly workload: string;
  readonly createdMs: number;
  /** Changes when its pods are to be others. */
  readonly template: string;
  readonly images: readonly string[];
  /** Pods that are wanted; undefined: one a node. */
  readonly wanted: number | undefined;
  /** Its pods are being replaced. Not one that gave up: that is no transition but a fault. */
  readonly isRollingOut: boolean;
}

const count = z.number().default(0);
const workloadSchema = z.looseObject({
  spec: z.looseObject({
    replicas: z.number().optional(),
    template: z.looseObject({
      spec: z
        .looseObject({ containers: z.array(z.looseObject({ image: z.string().optional() })).default([]) })
        .optional(),
    }),
  }),
  status: z
    .looseObject({
      observedGeneration: count,
      updatedReplicas: count,
      currentRevision: z.string().default(''),
      updateRevision: z.string().default(''),
      updatedNumberScheduled: count,
      desiredNumberScheduled: count,
      conditions: z.array(z.looseObject({ type: z.string(), reason: z.string().optional() })).default([]),
    })
    .prefault({}),
});
type Parsed = z.output<typeof workloadSchema>;

/** Of the condition `Progressing` while it progresses; others say that it is done or gave up. */
const progressing = new Set(['NewReplicaSetCreated', 'FoundNewReplicaSet', 'ReplicaSetUpdated']);

const isMoving: Readonly<Record<WorkloadKind, (parsed: Parsed) => boolean>> = {
  deployment: ({ status }) =>
    status.conditions.some(({ type, reason }) => type === 'Progressing' && progressing.has(reason ?? '')),
  statefulset: ({ spec, status }) =>
    status.updateRevision !== status.currentRevision && status.updatedReplicas < (spec.replicas ?? 1),
  daemonset: ({ status }) => status.updatedNumberScheduled < status.desiredNumberScheduled,
};

export function keepWorkload(kind: WorkloadKind): (object: KubernetesObject) => WorkloadRecord {
  return (object) => {
    const parsed = workloadSchema.parse(object);
    const { namespace = '', name, generation = 0, creationTimestamp } = object.metadata;
    const { template } = parsed.spec;
    return {
      namespace,
      workload: `${kind}/${name}`,
      createdMs: Date.parse(creationTimestamp ?? '') || 0,
      template: createHash('sha256').update(JSON.stringify(template)).digest('hex').slice(0, 16),
      images: (template.spec?.containers ?? []).map(({ image }) => image ?? ''),
      wanted: kind === 'daemonset' ? undefined : (parsed.spec.replicas ?? 1),
      isRollingOut: parsed.status.observedGeneration < generation || isMoving[kind](parsed),
    };
  };
}
