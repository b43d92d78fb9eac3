import type { KernelSupport } from '../bpf/kernel.ts';
import { DnsNames } from './dns-names.ts';
import { createDnsReader, type DnsReader } from './dns-reader.ts';
import { HostsFiles } from './hosts-files.ts';
import { LocalAddresses } from './local-addresses.ts';
import { NetnsProcesses } from './netns-processes.ts';
import { createPeerNamer, type LearningPeerNamer, type LocalOwners } from './peer-namer.ts';
import { createProcessNamer, type SocketProcessNamer } from './process-namer.ts';
import { createWorkloadNamer, type LocalWorkloadNamer } from './workload-namer.ts';

export interface NamesOptions {
  readonly cluster: string;
  readonly node: string;
  readonly bpfDirectory: string;
  readonly kernel: KernelSupport;
  /** Wall time. */
  readonly nowMs: () => number;
}

/** Everything that names, wired together. Start the DNS reader before the probes: a lookup precedes its connection. */
export interface Names extends Disposable {
  /** Ask it for the owners of a flush first: the peer namer knows a client's namespace from there. */
  readonly workloads: LocalWorkloadNamer;
  readonly peers: LearningPeerNamer;
  readonly processes: SocketProcessNamer;
  readonly dnsReader: DnsReader;
  /** Its `records` and `restore` carry names over a restart. */
  readonly dnsNames: DnsNames;
  /** Levels and cumulative counts of every cache. */
  stats(): Readonly<Record<string, number>>;
}

export function createNames(options: NamesOptions): Names {
  const { cluster, node, nowMs, kernel, bpfDirectory } = options;
  const netnsProcesses = new NetnsProcesses({ nowMs });
  const workloads = createWorkloadNamer({
    cluster,
    node,
    nowMs,
    cgroup2Path: kernel.cgroup2Path,
    processes: netnsProcesses,
  });
  const addresses = new LocalAddresses({ nowMs, processes: netnsProcesses });
  const dnsNames = new DnsNames();
  const processes = createProcessNamer({ nowMs });
  const peers = createPeerNamer({
    node,
    nowMs,
    dnsNames,
    hosts: new HostsFiles({ nowMs }),
    local: createLocalOwners(workloads, addresses),
  });
  const dnsReader = createDnsReader({
    bpfDirectory,
    kernel,
    onAnswer: (client, answer) => dnsNames.learn(client, answer, nowMs()),
  });
  return {
    workloads,
    peers,
    processes,
    dnsReader,
    dnsNames,
    stats: () => ({ ...workloads.stats(), ...addresses.stats(), ...peers.stats(), ...processes.stats() }),
    [Symbol.dispose]: () => workloads[Symbol.dispose](),
  };
}

export function createLocalOwners(workloads: LocalWorkloadNamer, addresses: LocalAddresses): LocalOwners {
  const { sandboxes } = workloads;
  return {
    ownerOf(clientNetnsCookie, ip) {
      const inode = addresses.ownerOf(ip, workloads.inodeOf(clientNetnsCookie));
      if (inode === undefined) return undefined;
      if (sandboxes.isHost(inode)) return { kind: 'node' };
      sandboxes.refresh();
      const { workload } = sandboxes.workloadOf(inode) ?? sandboxes.lastResortOf(inode);
      return { kind: 'workload', workload };
    },
    netnsNameOf(clientNetnsCookie) {
      const inode = workloads.inodeOf(clientNetnsCookie);
      return inode === undefined ? undefined : sandboxes.nameOf(inode);
    },
  };
}
