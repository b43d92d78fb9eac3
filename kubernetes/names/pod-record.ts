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
  /** Of all its containers together. */
  readonly restarts: number;
  /** It was told to end. */
  readonly isEnding: boolean;
  /** What the whole cluster's network rests on. */
  readonly part: 'cluster DNS' | 'kube-proxy' | undefined;
}

const podSchema = z.looseObject({
  spec: z.looseObject({ nodeName: z.string().optional(), hostNetwork: z.boolean().optional() }),
  status: z
    .looseObject({
      phase: z.string().optional(),
      startTime: z.string().optional(),
      podIP: z.string().optional(),
      podIPs: z.array(z.looseObject({ ip: z.string() })).optional(),
      containerStatuses: z.array(z.looseObject({ restartCount: z.number().default(0) })).optional(),
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
    restarts: (status.containerStatuses ?? []).reduce((sum, { restartCount }) => sum + restartCount, 0),
    isEnding: metadata.deletionTimestamp !== undefined,
    part: partOf(object),
  };
}

/** Labels that kubeadm and the distributions give; CoreDNS kept that of its predecessor. */
const parts = new Map([
  ['kube-dns', 'cluster DNS'],
  ['kube-proxy', 'kube-proxy'],
] as const);

function partOf({ metadata: { namespace, labels } }: KubernetesObject): PodRecord['part'] {
  const app = labels?.['k8s-app'] ?? '';
  return namespace === 'kube-system' ? parts.get(app as 'kube-dns') : undefined;
}
