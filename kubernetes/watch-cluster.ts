import { z } from 'zod';
import type { ClusterChanges } from './changes/cluster-changes.ts';
import { keepPolicy } from './changes/policy-record.ts';
import { keepWorkload, workloadKinds } from './changes/workload-record.ts';
import type { InformerSet } from './informers/informer-set.ts';
import type { ClusterDirectory } from './names/cluster-directory.ts';
import { keepNode } from './names/node-record.ts';
import { keepPod } from './names/pod-record.ts';
import { keepService } from './names/service-record.ts';
import { keepSlice } from './names/slice-record.ts';
import type { NodeLabels } from './policies/node-labels.ts';

/** Kubernetes' own limit is 150,000 pods and 5,000 nodes a cluster. */
const [maxPods, maxNodes, maxOthers] = [200_000, 10_000, 100_000];

export interface ClusterWatchers {
  readonly directory?: ClusterDirectory | undefined;
  readonly changes?: ClusterChanges | undefined;
  readonly nodeLabels?: NodeLabels | undefined;
}

/**
 * What is read of a cluster, and who is told. Pods, services and nodes are read whole and cut down as they come: their
 * addresses are in `status` and `spec`, which lists of metadata leave out.
 */
export function watchCluster(set: InformerSet, watchers: ClusterWatchers): void {
  const { directory, changes, nodeLabels } = watchers;
  set.add({
    resource: 'pods',
    path: '/api/v1/pods',
    keep: keepPod,
    maxObjects: maxPods,
    onChange(change) {
      directory?.podChanged(change);
      changes?.podChanged(change);
    },
  });
  set.add({
    resource: 'nodes',
    path: '/api/v1/nodes',
    keep: keepNode,
    maxObjects: maxNodes,
    onChange(change) {
      directory?.nodeChanged(change);
      changes?.nodeChanged(change);
      nodeLabels?.nodeChanged(change);
    },
  });
  if (directory) watchServices(set, directory);
  if (changes) watchWorkloads(set, changes);
}

function watchServices(set: InformerSet, directory: ClusterDirectory): void {
  set.add({
    resource: 'services',
    path: '/api/v1/services',
    keep: keepService,
    maxObjects: maxOthers,
    onChange: (change) => directory.serviceChanged(change),
  });
  set.add({
    resource: 'endpointslices',
    path: '/apis/discovery.k8s.io/v1/endpointslices',
    keep: keepSlice,
    maxObjects: maxOthers,
    onChange: (change) => directory.sliceChanged(change),
  });
  set.add({
    resource: 'servicecidrs',
    path: '/apis/networking.k8s.io/v1/servicecidrs',
    keep: (object) => serviceCidrSchema.parse(object).spec.cidrs,
    maxObjects: 1_000,
    // From Kubernetes 1.33 on.
    mayBeMissing: true,
    onChange: (change) => directory.serviceCidrChanged(change),
  });
}

const serviceCidrSchema = z.looseObject({ spec: z.looseObject({ cidrs: z.array(z.string()) }) });

function watchWorkloads(set: InformerSet, changes: ClusterChanges): void {
  for (const kind of workloadKinds)
    set.add({
      resource: `${kind}s`,
      path: `/apis/apps/v1/${kind}s`,
      keep: keepWorkload(kind),
      maxObjects: maxOthers,
      onChange: (change) => changes.workloadChanged(change),
    });
  set.add({
    resource: 'networkpolicies',
    path: '/apis/networking.k8s.io/v1/networkpolicies',
    form: 'metadata',
    keep: keepPolicy,
    maxObjects: maxOthers,
    onChange: (change) => changes.policyChanged(change),
  });
}
