import type { KernelSupport } from '../bpf/kernel.ts';
import { systemClock } from '../clock.ts';
import { DnsFeed } from '../dns/dns-feed.ts';
import type { ProbeHealth, ProbeStart } from '../probe.ts';
import { DnsNames } from './dns-names.ts';
import { DnsNamesFile } from './dns-names-file.ts';
import { createDnsReader } from './dns-reader.ts';
import { HostsFiles } from './hosts-files.ts';
import { LocalAddresses } from './local-addresses.ts';
import { NetnsProcesses } from './netns-processes.ts';
import { createLocalOwners } from './local-owners.ts';
import type { PodNames } from './port.ts';
import { createPeerNamer, type LearningPeerNamer } from './peer-namer.ts';
import { createProcessNamer, type SocketProcessNamer } from './process-namer.ts';
import { createWorkloadNamer, type LocalWorkloadNamer } from './workload-namer.ts';

export interface NamesOptions {
  readonly cluster: string;
  readonly node: string;
  readonly bpfDirectory: string;
  readonly kernel: KernelSupport;
  /** Where names are kept over a restart; undefined: they are not. */
  readonly namesFile?: string;
  /** Pods of the cluster that this machine is a node of; undefined: it is none. */
  readonly pods?: PodNames;
  /** Wall time. */
  readonly nowMs: () => number;
}

/** Reads DNS answers and keeps what it learned. */
export interface NameReading {
  /** Names of an earlier run are there when it resolves, also where answers cannot be read. */
  start(): Promise<ProbeStart>;
  /** Idempotent. */
  stop(): Promise<void>;
  health(): ProbeHealth;
}

/** Everything that names, wired together. Start the DNS reader before the probes: a lookup precedes its connection. */
export interface Names extends Disposable {
  /** Ask it for the owners of a flush first: the peer namer knows a client's namespace from there. */
  readonly workloads: LocalWorkloadNamer;
  readonly peers: LearningPeerNamer;
  readonly processes: SocketProcessNamer;
  readonly dnsReader: NameReading;
  /** What DNS clients ask and are told: also for those who judge it. */
  readonly dnsFeed: DnsFeed;
  readonly dnsNames: DnsNames;
  /** Levels and cumulative counts of every cache. */
  stats(): Readonly<Record<string, number>>;
}

export function createNames(options: NamesOptions): Names {
  const { cluster, node, nowMs, kernel, pods } = options;
  const netnsProcesses = new NetnsProcesses({ nowMs });
  const workloads = createWorkloadNamer({
    cluster,
    node,
    nowMs,
    cgroup2Path: kernel.cgroup2Path,
    processes: netnsProcesses,
    ...(pods !== undefined && { pods }),
  });
  const addresses = new LocalAddresses({
    nowMs,
    processes: netnsProcesses,
    machineOnly: pods !== undefined,
  });
  const dnsNames = new DnsNames();
  const processes = createProcessNamer({ nowMs });
  const peers = createPeerNamer({
    node,
    nowMs,
    dnsNames,
    hosts: new HostsFiles({ nowMs }),
    local: createLocalOwners({ workloads, addresses, nowMs, leavesPods: pods !== undefined }),
  });
  const dnsFeed = new DnsFeed({ bpfDirectory: options.bpfDirectory, kernel });
  const dnsReader = createNameReading(options, dnsFeed, dnsNames);
  return {
    workloads,
    peers,
    processes,
    dnsReader,
    dnsFeed,
    dnsNames,
    stats: () => ({ ...workloads.stats(), ...addresses.stats(), ...peers.stats(), ...processes.stats() }),
    [Symbol.dispose]: () => workloads[Symbol.dispose](),
  };
}

function createNameReading(
  { kernel, namesFile, nowMs }: NamesOptions,
  feed: DnsFeed,
  dnsNames: DnsNames,
): NameReading {
  const reader = createDnsReader({
    feed,
    onAnswer: (client, answer) => dnsNames.learn(client, answer, nowMs()),
  });
  const file =
    namesFile === undefined || !kernel.usable
      ? undefined
      : new DnsNamesFile({ path: namesFile, dnsNames, clock: systemClock });
  return {
    start() {
      file?.start();
      return reader.start();
    },
    async stop() {
      await reader.stop();
      await file?.stop();
    },
    health() {
      const { counters, mapFullness } = reader.health();
      return { counters: { ...counters, ...file?.stats() }, mapFullness };
    },
  };
}
