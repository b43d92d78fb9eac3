import { z } from 'zod';
import type { KubernetesObject } from '../api.ts';
import { workloadOfPod } from '../workload-of-pod.ts';
import { type ChosenLabels, chooseLabels } from './chosen-labels.ts';

/** What is kept of a pod: a few hundred bytes of its several thousand. */
export interface NodePod {
  readonly uid: string;
  /** Of a static pod, that of its cgroup: the kubelet made it before the API server knew of it. */
  readonly configHash: string | undefined;
  readonly namespace: string;
  readonly workload: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>> | undefined;
  readonly addresses: readonly string[];
  readonly hostNetwork: boolean;
  /** Short id → name, of all that ran, as far as the API tells. */
  readonly containers: ReadonlyMap<string, string>;
  /** Of a pod that has and had but one. */
  readonly onlyContainer: string | undefined;
}

/** As the agent reads it off a cgroup's path. */
export const containerIdDigits = 12;
/** The kubelet's mark on the mirror of a static pod: the hash of its manifest. */
const configHashAnnotation = 'kubernetes.io/config.hash';
const maxContainers = 128;

const stateSchema = z.looseObject({
  terminated: z.looseObject({ containerID: z.string().optional() }).optional(),
});
const statusesSchema = z
  .array(
    z.looseObject({
      name: z.string(),
      containerID: z.string().optional(),
      state: stateSchema.optional(),
      lastState: stateSchema.optional(),
    }),
  )
  .default([]);
const namedSchema = z.array(z.looseObject({ name: z.string() })).default([]);
const podSchema = z.looseObject({
  spec: z.looseObject({
    hostNetwork: z.boolean().default(false),
    containers: namedSchema,
    initContainers: namedSchema,
    ephemeralContainers: namedSchema,
  }),
  status: z
    .looseObject({
      podIP: z.string().optional(),
      podIPs: z.array(z.looseObject({ ip: z.string().optional() })).default([]),
      containerStatuses: statusesSchema,
      initContainerStatuses: statusesSchema,
      ephemeralContainerStatuses: statusesSchema,
    })
    .prefault({}),
});
type PodBody = z.output<typeof podSchema>;

/** Throws where it is no pod. */
export function parseNodePod(object: KubernetesObject, chosen: ChosenLabels): NodePod {
  const { metadata } = object;
  const { spec, status } = podSchema.parse(object);
  const all = [...spec.containers, ...spec.initContainers, ...spec.ephemeralContainers];
  return {
    uid: metadata.uid,
    configHash: metadata.annotations?.[configHashAnnotation],
    namespace: metadata.namespace ?? '',
    workload: workloadOfPod(metadata),
    name: metadata.name,
    labels: chooseLabels(metadata, chosen),
    addresses: status.podIPs.map(({ ip }) => ip ?? '').filter((ip) => ip !== ''),
    hostNetwork: spec.hostNetwork,
    containers: containersOf(status),
    onlyContainer: all.length === 1 ? all[0]?.name : undefined,
  };
}

function containersOf(status: PodBody['status']): ReadonlyMap<string, string> {
  const { containerStatuses, initContainerStatuses, ephemeralContainerStatuses } = status;
  const all = [...containerStatuses, ...initContainerStatuses, ...ephemeralContainerStatuses];
  const pairs = all.flatMap(({ name, containerID, state, lastState }) =>
    [containerID, state?.terminated?.containerID, lastState?.terminated?.containerID]
      .flatMap((id) => shortId(id) ?? [])
      .map((id) => [id, name] as const),
  );
  return new Map(pairs.slice(0, maxContainers));
}

/** `containerd://3f2a…`, `cri-o://…`, `docker://…`. */
function shortId(containerId: string | undefined): string | undefined {
  return /^[a-z-]+:\/\/([0-9a-f]{12,64})$/.exec(containerId ?? '')?.[1]?.slice(0, containerIdDigits);
}
