import { z } from 'zod';
import type { KubernetesObject } from '../api.ts';
import { workloadOfPod } from '../workload-of-pod.ts';

/** What is kept of a pod. */
export interface PodRecord {
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
  /** `deployment/checkout`. */
  readonly workload: string;
  readonly node: string | undefined;
  /** Its own addresses: none of a pod in its node's network, nor of one that has ended and given them back. */
  readonly ips: readonly string[];
  /** Since when it may have them. */
  readonly startMs: number;
}

const podSchema = z.looseObject({
  spec: z.looseObject({ nodeName: z.string().optional(), hostNetwork: z.boolean().optional() }),
  status: z
    .looseObject({
      phase: z.string().optional(),
      startTime: z.string().optional(),
      podIP: z.string().optional(),
      podIPs: z.array(z.looseObject({ ip: z.string() })).optional(),
    })
    .optional(),
});

export function keepPod(object: KubernetesObject): PodRecord {
  const { metadata } = object;
  const { spec, status = {} } = podSchema.parse(object);
  const hasAddresses = spec.hostNetwork !== true && status.phase !== 'Succeeded' && status.phase !== 'Failed';
  const ips = status.podIPs?.map(({ ip }) => ip) ?? (status.podIP ? [status.podIP] : []);
  return {
    uid: metadata.uid,
    namespace: metadata.namespace ?? '',
    name: metadata.name,
    workload: workloadOfPod(metadata),
    node: spec.nodeName,
    ips: hasAddresses ? ips : [],
    startMs: Date.parse(status.startTime ?? metadata.creationTimestamp ?? '') || 0,
  };
}
