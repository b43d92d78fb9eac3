import { LRUCache } from 'lru-cache';
import { containerIdDigits, type NodePod } from './node-pod.ts';

export interface PodBookOptions {
  readonly nowMs: () => number;
  readonly maxPods?: number;
  readonly maxGone?: number;
}

/** What an observation says of a pod. */
export interface PodSubject {
  readonly namespace: string;
  readonly workload: string;
  readonly pod: string;
  readonly container?: string;
  readonly labels?: Readonly<Record<string, string>>;
}

export interface PodIds {
  /** UID, or the hash of a static pod. */
  readonly podUid?: string | undefined;
  /** At least its first 12 digits. */
  readonly containerId?: string | undefined;
}

/** Captures are cut out of memory that holds seconds; sockets of a pod that is gone may retransmit for 15 minutes. */
const goneForMs = 30 * 60_000;
/** Kubelets run 110 pods, at most a few hundred. */
const defaultMaxPods = 2_000;
const maxContainersOfPod = 256;

interface Gone {
  readonly pod: NodePod;
  readonly untilMs: number;
}

/** The pods of one node by what their cgroups are called: those that are there, and for a while those that were. */
export class PodBook {
  readonly #nowMs: () => number;
  readonly #maxPods: number;
  readonly #pods = new Map<string, NodePod>();
  readonly #gone: LRUCache<string, Gone>;
  /** Container's or static pod's id → UID; as long as the pod is known. */
  readonly #uidById = new Map<string, string>();
  #overflowed = 0;
  #goneEvicted = 0;

  constructor(options: PodBookOptions) {
    this.#nowMs = options.nowMs;
    this.#maxPods = options.maxPods ?? defaultMaxPods;
    this.#gone = new LRUCache({
      max: options.maxGone ?? 1_000,
      dispose: ({ pod }, _uid, reason) => {
        if (reason === 'evict') this.#goneEvicted++;
        if (!this.#pods.has(pod.uid)) this.#unlink(pod);
      },
    });
  }

  put(pod: NodePod): void {
    const known = this.#pods.get(pod.uid) ?? this.#gone.peek(pod.uid)?.pod;
    if (known === undefined && this.#pods.size >= this.#maxPods) {
      this.#overflowed++;
      return;
    }
    // Ids that were dropped for newer ones are to lead nowhere.
    if (known !== undefined) this.#unlink(known);
    const kept = known === undefined ? pod : { ...pod, containers: allContainers(known, pod) };
    this.#pods.set(pod.uid, kept);
    this.#gone.delete(pod.uid);
    for (const id of idsOf(kept)) this.#uidById.set(id, pod.uid);
  }

  remove(uid: string): void {
    const pod = this.#pods.get(uid);
    if (pod === undefined) return;
    this.#pods.delete(uid);
    this.#gone.set(uid, { pod, untilMs: this.#nowMs() + goneForMs });
  }

  find({ podUid, containerId }: PodIds): PodSubject | undefined {
    const id = containerId?.slice(0, containerIdDigits);
    const pod = this.#podOf(podUid) ?? this.#podOf(id);
    if (pod === undefined) return undefined;
    const { namespace, workload, name, labels, onlyContainer } = pod;
    const container = id === undefined ? onlyContainer : (pod.containers.get(id) ?? onlyContainer);
    return {
      namespace,
      workload,
      pod: name,
      ...(container !== undefined && { container }),
      ...(labels !== undefined && { labels }),
    };
  }

  /** Addresses of the pods that are there. */
  addresses(): readonly string[] {
    return [...this.#pods.values()].flatMap(({ addresses }) => addresses);
  }

  stats(): Readonly<Record<'pods' | 'gone' | 'goneEvicted' | 'overflowed', number>> {
    return {
      pods: this.#pods.size,
      gone: this.#gone.size,
      goneEvicted: this.#goneEvicted,
      overflowed: this.#overflowed,
    };
  }

  #podOf(id: string | undefined): NodePod | undefined {
    if (id === undefined) return undefined;
    const uid = this.#uidById.get(id) ?? id;
    const pod = this.#pods.get(uid);
    if (pod !== undefined) return pod;
    const gone = this.#gone.get(uid);
    return gone !== undefined && this.#nowMs() < gone.untilMs ? gone.pod : undefined;
  }

  #unlink(pod: NodePod): void {
    for (const id of idsOf(pod)) if (this.#uidById.get(id) === pod.uid) this.#uidById.delete(id);
  }
}

function idsOf({ configHash, containers }: NodePod): readonly string[] {
  return [...containers.keys(), ...(configHash === undefined ? [] : [configHash])];
}

/** Also those that were replaced: the API tells but the last two of a container that starts again and again. */
function allContainers(known: NodePod, pod: NodePod): ReadonlyMap<string, string> {
  const all = [...known.containers, ...pod.containers];
  return new Map(all.slice(-maxContainersOfPod));
}
