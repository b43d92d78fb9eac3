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

export interface WorkloadNamer {
  /** Bounded in time: answers from caches, refreshes them in the background; falls back to `netns/<inode>`. */
  subjectOf(owner: SocketOwner): Subject;
  /**
   * The owner's namespace had processes or a name and has neither now: the kernel is taking it apart, and nobody waits
   * for what its sockets still send. Only for owners that `subjectOf` was asked for.
   */
  isEnding?(owner: SocketOwner): boolean;
}

export interface PeerNamer {
  /** `clientNetnsCookie`: names are those that *this* client looked up. */
  peerOf(clientNetnsCookie: bigint, ip: string): Peer;
}

export interface ProcessNamer {
  /** pid, comm, executable, uid of the owner of a socket, where /proc still has it. */
  processOf(pid: number): Pick<SocketEvidence, 'pid' | 'comm' | 'executable' | 'uid'>;
}
