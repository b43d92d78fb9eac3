import { LRUCache } from 'lru-cache';
import type { CgroupIdentity } from './cgroup-identity.ts';
import type { PodNames, PodSubject } from './port.ts';
import type { Workload } from './workload.ts';

export interface PodNamingOptions {
  readonly pods: PodNames;
  readonly nowMs: () => number;
  /** How long a name may be on its way: from the pod's first packet to the watch event that tells of it. */
  readonly maxWaitMs?: number;
  readonly maxWaiting?: number;
}

/** From the start of a container to the watch event with its id takes 0.1 to 1 s; see docs/decisions/0201. */
const defaultMaxWaitMs = 2_000;

/**
 * Names pods by the ids in their cgroups' paths, and keeps track of those whose names are not there yet. Only what the
 * cluster tells by these ids is believed: neither inodes nor addresses, which others get as soon as a pod is gone.
 */
export class PodNaming {
  readonly #pods: PodNames;
  readonly #nowMs: () => number;
  readonly #maxWaitMs: number;
  /** Id of a pod or container → when it was first asked for in vain. */
  readonly #askedSinceMs: LRUCache<string, number>;

  constructor(options: PodNamingOptions) {
    this.#pods = options.pods;
    this.#nowMs = options.nowMs;
    this.#maxWaitMs = options.maxWaitMs ?? defaultMaxWaitMs;
    this.#askedSinceMs = new LRUCache({ max: options.maxWaiting ?? 4_096 });
  }

  /** undefined: neither a pod nor a container, or not known (yet). */
  find(identity: CgroupIdentity): PodSubject | undefined {
    const id = idOf(identity);
    if (id === undefined) return undefined;
    const found = this.#pods.find(idsOf(identity));
    if (found === undefined && !this.#askedSinceMs.has(id)) this.#askedSinceMs.set(id, this.#nowMs());
    return found;
  }

  /** Has only the id of a pod or container for a name, though not for long. */
  isPending(workload: Workload): boolean {
    if (isNamed(workload)) return false;
    const sinceMs = this.#askedSinceMs.get(workload.pod ?? workload.container ?? '');
    return sinceMs !== undefined && this.#nowMs() - sinceMs < this.#maxWaitMs;
  }
}

/** Only the cluster tells the namespace of a workload. */
export function isNamed(workload: Workload): boolean {
  return workload.namespace !== undefined;
}

function idOf(identity: CgroupIdentity): string | undefined {
  if (identity.kind === 'pod') return identity.podUid;
  return identity.kind === 'container' ? identity.name : undefined;
}

function idsOf(identity: CgroupIdentity): Parameters<PodNames['find']>[0] {
  if (identity.kind === 'pod') return { podUid: identity.podUid, containerId: identity.containerId };
  return identity.kind === 'container' ? { containerId: identity.name } : {};
}
