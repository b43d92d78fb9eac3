import { LRUCache } from 'lru-cache';
import type { LocalAddresses } from './local-addresses.ts';
import type { LocalOwners } from './peer-namer.ts';
import type { SandboxNames } from './sandbox-names.ts';
import type { LocalWorkloadNamer } from './workload-namer.ts';
import type { Workload } from './workload.ts';

export interface LocalOwnersOptions {
  readonly workloads: Pick<LocalWorkloadNamer, 'inodeOf' | 'lastWorkloadOf'> & {
    readonly sandboxes: Pick<SandboxNames, 'isHost' | 'nameOf' | 'refresh' | 'workloadOf' | 'lastResortOf'>;
  };
  readonly addresses: Pick<LocalAddresses, 'ownerOf' | 'isPending'>;
  readonly nowMs: () => number;
  /** Pods are left to whoever knows all of the cluster: a Service's or a pod's address is named there, once. */
  readonly leavesPods?: boolean;
  readonly maxRemembered?: number;
}

/** As long as Linux sends to a peer gone silent (tcp_retries2 = 15), with some room. */
const rememberedMs = 20 * 60_000;

interface Remembered {
  readonly workload: string;
  readonly untilMs: number;
}

/**
 * What belongs to this machine, by address. A peer that vanishes (its processes, its namespace or only the name of
 * that) is called what this client's peer was called: those who still send to it are in the same trouble as before,
 * not in another with somebody new.
 */
export function createLocalOwners(options: LocalOwnersOptions): LocalOwners {
  const { workloads, addresses, nowMs, leavesPods = false } = options;
  const { sandboxes } = workloads;
  const remembered = new LRUCache<string, Remembered>({ max: options.maxRemembered ?? 4_096 });

  const recall = (key: string): ReturnType<LocalOwners['ownerOf']> => {
    const known = remembered.get(key);
    return known === undefined || nowMs() > known.untilMs
      ? undefined
      : { kind: 'workload', workload: known.workload };
  };

  const nameOf = (inode: number): Workload | undefined => {
    sandboxes.refresh();
    // A namespace that says nothing of itself may be what is left of a pod.
    if (leavesPods) return sandboxes.workloadOf(inode);
    return sandboxes.workloadOf(inode) ?? workloads.lastWorkloadOf(inode) ?? sandboxes.lastResortOf(inode);
  };

  return {
    ownerOf(clientNetnsCookie, ip) {
      const key = `${clientNetnsCookie}/${ip}`;
      const inode = addresses.ownerOf(ip, workloads.inodeOf(clientNetnsCookie));
      if (inode === undefined) return recall(key);
      if (sandboxes.isHost(inode)) return { kind: 'node' };
      const { workload, pod } = nameOf(inode) ?? {};
      if (workload === undefined || (leavesPods && pod !== undefined)) return undefined;
      remembered.set(key, { workload, untilMs: nowMs() + rememberedMs });
      return { kind: 'workload', workload };
    },
    isPending: (ip) => addresses.isPending(ip),
    netnsNameOf(clientNetnsCookie) {
      const inode = workloads.inodeOf(clientNetnsCookie);
      return inode === undefined ? undefined : sandboxes.nameOf(inode);
    },
  };
}
