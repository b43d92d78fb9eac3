import type { Peer, SocketEvidence, Subject } from '../../stream/events/observation.ts';

/** What the kernel knows of who owns a socket. */
export interface SocketOwner {
  /** `bpf_get_netns_cookie`: never reused within a boot. The key for a sandbox. */
  readonly netnsCookie: bigint;
  /** Equals the inode of /run/netns/NAME and /proc/PID/ns/net, but is reused at once: a value, never a key. */
  readonly netnsInode: number;
  /** cgroup2 id of the socket (`sk->sk_cgrp_data`), 0 where unknown. */
  readonly cgroupId: bigint;
}

/** A container of a pod, as its cluster knows it. */
export type PodSubject = Required<Pick<Subject, 'namespace' | 'workload' | 'pod'>> &
  Pick<Subject, 'container' | 'labels'>;

/** The pods of this node. */
export interface PodNames {
  /**
   * By the ids in a cgroup's path; of a container's id, the first digits will do. undefined: not known (yet). A pod
   * that is gone stays known for a while: packets and late rows still tell of it.
   */
  find(ids: {
    readonly podUid?: string | undefined;
    readonly containerId?: string | undefined;
  }): PodSubject | undefined;
}

export interface WorkloadNamer {
  /** Bounded in time: answers from caches, refreshes them in the background; falls back to `netns/<inode>`. */
  subjectOf(owner: SocketOwner): Subject;
  /**
   * The owner's namespace had processes or a name and has neither now: the kernel is taking it apart, and nobody waits
   * for what its sockets still send. Only for owners that `subjectOf` was asked for.
   */
  isEnding?(owner: SocketOwner): boolean;
  /** The owner is a pod that has just started: its name is on its way. False after a bounded time in any case. */
  isNamePending?(owner: SocketOwner): boolean;
}

export interface PeerNamer {
  /** `clientNetnsCookie`: names are those that *this* client looked up. */
  peerOf(clientNetnsCookie: bigint, ip: string): Peer;
}

export interface ProcessNamer {
  /** pid, comm, executable, uid of the owner of a socket, where /proc still has it. */
  processOf(pid: number): Pick<SocketEvidence, 'pid' | 'comm' | 'executable' | 'uid'>;
}
