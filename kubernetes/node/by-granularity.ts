import type { Granularity } from '../policies/agent-policy-spec.ts';
import type { PodSubject } from './pod-book.ts';

/** Label of a pod that is observed by itself: what it belongs to. One that a person chose by this name goes before it. */
export const ownerLabel = 'workload';

/** Who is observed: the pod's owner, as it comes, or the pod by itself. */
export function byGranularity(subject: PodSubject, granularity: Granularity): PodSubject {
  const workload = `pod/${subject.pod}`;
  if (granularity === 'workload' || subject.workload === workload) return subject;
  return { ...subject, workload, labels: { [ownerLabel]: subject.workload, ...subject.labels } };
}
