import { readFileSync } from 'node:fs';
import { BriefMemo } from './brief-memo.ts';
import { type CgroupIdentity, parseCgroupPath } from './cgroup-identity.ts';
import { isMadeUpNetnsName, type NamedNetns, netnsInodeAt } from './named-netns.ts';
import type { NetnsProcesses } from './netns-processes.ts';
import type { PodNaming } from './pod-naming.ts';
import type { Workload } from './workload.ts';

const noIdentity: CgroupIdentity = { kind: 'none' };

/**
 * Names network namespaces by inode, that is: those that live now. What a namespace is called may change while it
 * lives, so nothing is kept here beyond the last look.
 */
export class SandboxNames {
  readonly #named: NamedNetns;
  readonly #processes: NetnsProcesses;
  readonly #pods: PodNaming | undefined;
  readonly #identities: BriefMemo<number, CgroupIdentity>;
  /** The machine's own namespace: ours, and PID 1's where we may look. */
  readonly #hostInodes: ReadonlySet<number | undefined>;
  readonly #ownContainer: string | undefined;

  /** `pods`: of the cluster that this machine is a node of. */
  constructor(nowMs: () => number, named: NamedNetns, processes: NetnsProcesses, pods?: PodNaming) {
    this.#identities = new BriefMemo(nowMs);
    this.#named = named;
    this.#processes = processes;
    this.#pods = pods;
    this.#hostInodes = new Set(['/proc/self/ns/net', '/proc/1/ns/net'].map(netnsInodeAt));
    this.#ownContainer = containerKey(identityOfProcess('self'));
  }

  isHost(inode: number): boolean {
    return this.#hostInodes.has(inode);
  }

  /** Its name under /run/netns. */
  nameOf(inode: number): string | undefined {
    return this.#named.nameOf(inode);
  }

  refresh(): void {
    this.#named.refresh();
  }

  /** Somebody is in it, or it has a name by which somebody may come in. */
  isInUse(inode: number): boolean {
    if (this.isHost(inode) || this.#processes.pidIn(inode) !== undefined) return true;
    this.refresh();
    return this.#named.nameOf(inode) !== undefined;
  }

  /** The workload that the namespace as a whole belongs to: its name by a person, or its container. */
  workloadOf(inode: number): Workload | undefined {
    if (this.isHost(inode)) return undefined;
    const name = this.#named.nameOf(inode);
    if (name !== undefined && !isMadeUpNetnsName(name)) return { workload: `netns/${name}` };
    const identity = this.#identityOf(inode);
    return this.#podAroundOf(identity) ?? this.containerWorkloadOf(identity);
  }

  /** For namespaces without a better name: the unit of a process in it, its made-up name, or its inode. */
  lastResortOf(inode: number): Workload {
    const unit = unitWorkloadOf(this.#identityOf(inode));
    return unit ?? { workload: `netns/${this.#named.nameOf(inode) ?? inode}` };
  }

  /**
   * Pods of the cluster; else containers other than the agent's own: everything that runs beside the agent in one
   * container would get the same name.
   */
  containerWorkloadOf(identity: CgroupIdentity): Workload | undefined {
    const known = this.#pods?.find(identity);
    if (known !== undefined) return known;
    if (containerKey(identity) === this.#ownContainer) return undefined;
    if (identity.kind === 'container')
      return { workload: `container/${identity.name}`, container: identity.name };
    if (identity.kind !== 'pod') return undefined;
    const { podUid, containerId } = identity;
    const pod = { workload: `pod/${podUid}`, pod: podUid };
    return containerId === undefined ? pod : { ...pod, container: containerId };
  }

  /** All containers of a pod share its network: that of whichever process was found says nothing. */
  #podAroundOf(identity: CgroupIdentity): Workload | undefined {
    if (identity.kind !== 'pod') return undefined;
    return this.#pods?.find({ ...identity, containerId: undefined });
  }

  stats(): Readonly<Record<string, number>> {
    const named = this.#named.stats();
    const processes = this.#processes.stats();
    return {
      named_netns: named.names,
      named_netns_overflowed: named.overflowed,
      processes_overflowed: processes.overflowed,
    };
  }

  #identityOf(inode: number): CgroupIdentity {
    const identity = this.#identities.get(inode, () => {
      const pid = this.#processes.pidIn(inode);
      return pid === undefined ? undefined : identityOfProcess(pid);
    });
    return identity ?? noIdentity;
  }
}

export function unitWorkloadOf(identity: CgroupIdentity): Workload | undefined {
  if (identity.kind === 'unit')
    return { workload: `${identity.user === true ? 'user-unit' : 'unit'}/${identity.name}` };
  return identity.kind === 'session' ? { workload: `session/${identity.uid}` } : undefined;
}

/** On machines with cgroup v1 the container may show in some hierarchies only, and the unit in others. */
function identityOfProcess(pid: number | 'self'): CgroupIdentity {
  const identities = cgroupsOf(pid).map(parseCgroupPath);
  return (
    identities.find(({ kind }) => kind === 'pod' || kind === 'container') ??
    identities.find(({ kind }) => kind !== 'none') ??
    noIdentity
  );
}

/** Lines are `hierarchy:controllers:path`, see cgroups(7). */
function cgroupsOf(pid: number | 'self'): readonly string[] {
  try {
    const lines = readFileSync(`/proc/${pid}/cgroup`, 'utf8').split('\n');
    return lines.map((line) => line.split(':').slice(2).join(':')).filter((path) => path !== '');
  } catch {
    return []; // The process is gone.
  }
}

function containerKey(identity: CgroupIdentity): string | undefined {
  if (identity.kind === 'container') return identity.name;
  return identity.kind === 'pod' ? (identity.containerId ?? identity.podUid) : undefined;
}
