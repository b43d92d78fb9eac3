import type { ObjectMeta } from './api.ts';

type PodMeta = Pick<ObjectMeta, 'name' | 'labels' | 'ownerReferences' | 'creationTimestamp'>;

/** The Deployment's controller names a ReplicaSet after the Deployment and this label of its pods. */
const templateHashLabel = 'pod-template-hash';
/** Argo Rollouts does the same for its own kind. */
const rolloutHashLabel = 'rollouts-pod-template-hash';
/** A CronJob's controller names a Job after the CronJob and the minutes since 1970 for which it was due. */
const cronJobPattern = /^(.+)-(\d{7,9})$/;
const minuteMs = 60_000;
/** So old may the due time of a pod be that runs: Jobs that were started late, and pods that were replaced. */
const maxDueAgeMs = 7 * 24 * 3_600_000;

/**
 * `kind/name` of what a pod belongs to: `deployment/checkout`, `statefulset/…`, `daemonset/…`, `cronjob/…`, `job/…`,
 * any other owner by its own kind; `pod/…` of nobody's.
 *
 * From the pod alone: ReplicaSets and Jobs need not be read for it, which saves every node two informers and the right
 * to read them (docs/decisions/0202). A static pod's owner is its node, which is no workload.
 */
export function workloadOfPod(pod: PodMeta): string {
  const owner = pod.ownerReferences?.find(({ controller }) => controller === true);
  if (owner === undefined || owner.kind === 'Node') return `pod/${pod.name}`;
  if (owner.kind === 'ReplicaSet') return ownerOfReplicaSet(owner.name, pod);
  if (owner.kind === 'Job') return ownerOfJob(owner.name, pod);
  return `${owner.kind.toLowerCase()}/${owner.name}`;
}

function ownerOfReplicaSet(name: string, { labels = {} }: PodMeta): string {
  const deployment = withoutSuffix(name, labels[templateHashLabel]);
  if (deployment !== undefined) return `deployment/${deployment}`;
  const rollout = withoutSuffix(name, labels[rolloutHashLabel]);
  return rollout === undefined ? `replicaset/${name}` : `rollout/${rollout}`;
}

function withoutSuffix(name: string, hash: string | undefined): string | undefined {
  if (hash === undefined || hash === '' || !name.endsWith(`-${hash}`)) return undefined;
  return name.slice(0, -hash.length - 1);
}

/** A number that is no minute of about the pod's birth was given by a person: a date, a build. */
function ownerOfJob(name: string, { creationTimestamp }: PodMeta): string {
  const [, cronJob, minutes] = cronJobPattern.exec(name) ?? [];
  const ageMs = Date.parse(creationTimestamp ?? '') - Number(minutes) * minuteMs;
  const isDueTime = ageMs > -minuteMs && ageMs < maxDueAgeMs;
  return cronJob !== undefined && isDueTime ? `cronjob/${cronJob}` : `job/${name}`;
}
