import { LRUCache } from 'lru-cache';
import type { Subject } from '../../stream/events/observation.ts';
import { type CgroupIdentity, parseCgroupPath } from './cgroup-identity.ts';
import { CgroupPaths } from './cgroup-paths.ts';
import { NamedNetns } from './named-netns.ts';
import { NetnsProcesses } from './netns-processes.ts';
import { isNamed, PodNaming } from './pod-naming.ts';
import type { PodNames, SocketOwner, WorkloadNamer } from './port.ts';
import { SandboxNames, unitWorkloadOf } from './sandbox-names.ts';
import type { Workload } from './workload.ts';

export interface WorkloadNamerOptions {
  readonly cluster: string;
  /** The machine's name: also the namespace of its workloads, since `unit/nginx.service` exists on many machines. */
  readonly node: string;
  /** Mount point of cgroup2; undefined: sockets are named by network namespace only. */
  readonly cgroup2Path: string | undefined;
  readonly nowMs: () => number;
  readonly processes?: NetnsProcesses;
  /** Pods of the cluster that this machine is a node of. */
  readonly pods?: PodNames;
  readonly maxNamespaces?: number;
  readonly maxSubjects?: number;
  /** How long a name is kept before it is looked up again: it may have been given or changed meanwhile. */
  readonly recheckMs?: number;
}

export interface LocalWorkloadNamer extends Required<WorkloadNamer>, Disposable {
  /** Inode of a live namespace that was seen as an owner. */
  inodeOf(netnsCookie: bigint): number | undefined;
  /** What the namespace that has this inode now, and was seen as an owner, was called last. */
  lastWorkloadOf(netnsInode: number): Workload | undefined;
  readonly sandboxes: SandboxNames;
  stats(): Readonly<Record<string, number>>;
}

/**
 * Names the owner of a socket. The first that applies:
 *  1. a pod by cgroup, as the cluster knows it: also the agent's own, and those on the machine's network; else a
 *     container or pod other than the one that the agent itself runs in
 *  2. a network namespace with a name that a person gave
 *  3. the container or pod of a process in that namespace (machines where containers sit in cgroup v1)
 *  4. a systemd unit or a user's session
 *  5. unless it is the machine's own namespace: the unit of a process in it, its made-up name, or its inode
 *  6. the machine
 */
export function createWorkloadNamer(options: WorkloadNamerOptions): LocalWorkloadNamer {
  return new NetnsWorkloadNamer(options);
}

/** A candidate waits 0.1 s for its name. */
const pendingRecheckMs = 20;

interface Namespace {
  readonly inode: number;
  /** What it was called last, for when the name is gone before its last sockets are. */
  workload: Workload | undefined;
  /** Another namespace has its inode now: what was known stays, nothing more can be found out. */
  superseded: boolean;
  /** Processes or a name were seen: where /proc hides those of others, none are, and that says nothing. */
  seenInUse: boolean;
}

interface CachedSubject {
  readonly subject: Subject;
  readonly workload: Workload;
  readonly expiresMs: number;
}

/**
 * Namespaces are kept by cookie, which is never reused. Inodes are, at once; but only one live namespace has an
 * inode, so a second cookie with the same inode means that the first namespace is gone.
 */
class NetnsWorkloadNamer implements LocalWorkloadNamer {
  readonly sandboxes: SandboxNames;
  readonly #options: WorkloadNamerOptions;
  readonly #cgroups: CgroupPaths | undefined;
  readonly #namespaces: LRUCache<bigint, Namespace>;
  readonly #cookieByInode = new Map<number, bigint>();
  readonly #subjects: LRUCache<string, CachedSubject>;
  readonly #recheckMs: number;
  readonly #pods: PodNaming | undefined;
  readonly #podRows = { named: 0, unnamed: 0 };
  #namespacesEvicted = 0;
  #namespacesSuperseded = 0;
  #subjectsEvicted = 0;

  constructor(options: WorkloadNamerOptions) {
    const { nowMs, cgroup2Path, pods } = options;
    this.#options = options;
    this.#pods = pods === undefined ? undefined : new PodNaming({ pods, nowMs });
    this.sandboxes = new SandboxNames(
      nowMs,
      new NamedNetns({ nowMs }),
      options.processes ?? new NetnsProcesses({ nowMs }),
      this.#pods,
    );
    this.#cgroups = cgroup2Path === undefined ? undefined : new CgroupPaths({ cgroup2Path, nowMs });
    this.#recheckMs = options.recheckMs ?? 1_000;
    this.#namespaces = new LRUCache<bigint, Namespace>({
      max: options.maxNamespaces ?? 4_096,
      dispose: ({ inode }, cookie, reason) => {
        if (reason === 'evict') this.#namespacesEvicted++;
        if (this.#cookieByInode.get(inode) === cookie) this.#cookieByInode.delete(inode);
      },
    });
    this.#subjects = new LRUCache<string, CachedSubject>({
      max: options.maxSubjects ?? 16_384,
      dispose: (_subject, _key, reason) => {
        if (reason === 'evict') this.#subjectsEvicted++;
      },
    });
  }

  subjectOf(owner: SocketOwner): Subject {
    const { subject, workload } = this.#lookUp(owner);
    if (this.#pods !== undefined && isNamed(workload)) this.#podRows.named++;
    else if (this.#pods !== undefined && workload.pod !== undefined) this.#podRows.unnamed++;
    return subject;
  }

  isNamePending(owner: SocketOwner): boolean {
    return this.#pods !== undefined && this.#pods.isPending(this.#lookUp(owner).workload);
  }

  isEnding({ netnsCookie }: SocketOwner): boolean {
    const namespace = this.#namespaces.peek(netnsCookie);
    if (namespace === undefined) return false;
    if (namespace.superseded) return true;
    const inUse = this.sandboxes.isInUse(namespace.inode);
    namespace.seenInUse ||= inUse;
    return namespace.seenInUse && !inUse;
  }

  inodeOf(netnsCookie: bigint): number | undefined {
    const namespace = this.#namespaces.peek(netnsCookie);
    return namespace === undefined || namespace.superseded ? undefined : namespace.inode;
  }

  lastWorkloadOf(netnsInode: number): Workload | undefined {
    const cookie = this.#cookieByInode.get(netnsInode);
    return cookie === undefined ? undefined : this.#namespaces.peek(cookie)?.workload;
  }

  stats(): Readonly<Record<string, number>> {
    const cgroups = this.#cgroups?.stats();
    return {
      namespaces: this.#namespaces.size,
      namespaces_evicted: this.#namespacesEvicted,
      namespaces_superseded: this.#namespacesSuperseded,
      subjects: this.#subjects.size,
      subjects_evicted: this.#subjectsEvicted,
      cgroups: cgroups?.cached ?? 0,
      cgroups_evicted: cgroups?.evicted ?? 0,
      cgroup_walks_truncated: cgroups?.walksTruncated ?? 0,
      ...(this.#pods !== undefined && {
        pod_rows_named: this.#podRows.named,
        pod_rows_unnamed: this.#podRows.unnamed,
      }),
      ...this.sandboxes.stats(),
    };
  }

  [Symbol.dispose](): void {
    this.#cgroups?.[Symbol.dispose]();
  }

  #lookUp(owner: SocketOwner): CachedSubject {
    const namespace = this.#namespaceOf(owner);
    const key = `${owner.netnsCookie}/${owner.cgroupId}`;
    const cached = this.#subjects.get(key);
    const nowMs = this.#options.nowMs();
    if (cached !== undefined && (namespace.superseded || nowMs < cached.expiresMs)) return cached;
    const workload = this.#workload(owner, namespace);
    const recheckMs = this.#pods?.isPending(workload) === true ? pendingRecheckMs : this.#recheckMs;
    const found = { subject: this.#subject(owner, workload), workload, expiresMs: nowMs + recheckMs };
    this.#subjects.set(key, found);
    return found;
  }

  #namespaceOf({ netnsCookie, netnsInode }: SocketOwner): Namespace {
    const known = this.#namespaces.get(netnsCookie);
    if (known !== undefined) return known;
    const namespace: Namespace = {
      inode: netnsInode,
      workload: undefined,
      superseded: false,
      seenInUse: false,
    };
    this.#namespaces.set(netnsCookie, namespace);
    // 0 is no cookie: it says nothing about who has the inode.
    if (netnsCookie === 0n) return namespace;
    this.#supersede(netnsInode);
    this.#cookieByInode.set(netnsInode, netnsCookie);
    return namespace;
  }

  #supersede(inode: number): void {
    const cookie = this.#cookieByInode.get(inode);
    const former = cookie === undefined ? undefined : this.#namespaces.peek(cookie);
    if (former === undefined) return;
    former.superseded = true;
    this.#namespacesSuperseded++;
  }

  #subject({ netnsCookie }: SocketOwner, workload: Workload): Subject {
    const { cluster, node } = this.#options;
    // 0: a source that cannot tell, such as the counters under /proc.
    const cookie = netnsCookie === 0n ? {} : { netns_cookie: netnsCookie.toString() };
    return { cluster, node, namespace: node, ...workload, ...cookie };
  }

  #workload(owner: SocketOwner, namespace: Namespace): Workload {
    const identity = this.#identityOf(owner.cgroupId);
    return (
      this.sandboxes.containerWorkloadOf(identity) ??
      this.#sandboxOf(namespace) ??
      unitWorkloadOf(identity) ??
      this.#lastResortOf(namespace)
    );
  }

  #identityOf(cgroupId: bigint): CgroupIdentity {
    const path = this.#cgroups?.pathOf(cgroupId);
    return path === undefined ? { kind: 'none' } : parseCgroupPath(path);
  }

  #sandboxOf(namespace: Namespace): Workload | undefined {
    if (namespace.superseded || this.sandboxes.isHost(namespace.inode)) return namespace.workload;
    this.sandboxes.refresh();
    namespace.workload = this.sandboxes.workloadOf(namespace.inode) ?? namespace.workload;
    return namespace.workload;
  }

  #lastResortOf({ inode, superseded }: Namespace): Workload {
    if (this.sandboxes.isHost(inode)) return { workload: `host/${this.#options.node}` };
    return superseded ? { workload: `netns/${inode}` } : this.sandboxes.lastResortOf(inode);
  }
}
