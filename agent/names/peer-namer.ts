import { LRUCache } from 'lru-cache';
import type { Peer, Subject } from '../../stream/events/observation.ts';
import type { DnsNames } from './dns-names.ts';
import type { HostsFiles } from './hosts-files.ts';
import { type IpAddress, parseIp } from './ip-address.ts';
import type { PeerNamer } from './port.ts';

/** What belongs to this machine. */
export interface LocalOwners {
  /** `node`: the machine itself. undefined: not of this machine, or not to be told apart. */
  ownerOf(
    clientNetnsCookie: bigint,
    ip: string,
  ): { readonly kind: 'node' } | { readonly kind: 'workload'; readonly workload: string } | undefined;
  /** It is not known yet whether the address is of this machine. Only for addresses that `ownerOf` was asked for. */
  isPending?(ip: string): boolean;
  /** Name under /run/netns of the client's namespace. */
  netnsNameOf(clientNetnsCookie: bigint): string | undefined;
}

export interface PeerNamerOptions {
  readonly node: string;
  readonly nowMs: () => number;
  readonly local: LocalOwners;
  readonly dnsNames: DnsNames;
  readonly hosts: HostsFiles;
  readonly maxLearned?: number;
}

export interface LearningPeerNamer extends PeerNamer {
  /** A socket of `subject` has this local address: for namespaces whose processes cannot be seen. */
  learnLocal(ip: string, subject: Subject): void;
  stats(): Readonly<Record<string, number>>;
}

interface LearnedOwner {
  readonly workload: string;
  readonly seenMs: number;
  /** The last other workload that was seen with this address. */
  readonly otherSeenMs: number;
}

/** How long two workloads that were seen with one address make it nobody's. */
const ambiguousMs = 60_000;
const learnedMs = 600_000;

/**
 * Names the other end. The first that applies:
 *  1. loopback
 *  2. a domain (a name with a dot) that this client looked up: the best stable identity, whoever serves it
 *  3. a workload on this machine, or the machine itself, that owns the address
 *  4. another name that this client looked up, or that its hosts file gives
 *  5. the address; also while it is not known yet whether 3 applies
 */
export function createPeerNamer(options: PeerNamerOptions): LearningPeerNamer {
  const { node, nowMs, local, dnsNames, hosts } = options;
  const parsed = new LRUCache<string, IpAddress>({ max: 16_384 });
  const learned = new LRUCache<string, LearnedOwner>({ max: options.maxLearned ?? 16_384 });

  const parse = (ip: string): IpAddress => {
    const address = parsed.get(ip) ?? parseIp(ip);
    parsed.set(ip, address);
    return address;
  };

  const learnedOwnerOf = (ip: string): string | undefined => {
    const owner = learned.get(ip);
    if (owner === undefined || nowMs() - owner.seenMs > learnedMs) return undefined;
    return nowMs() - owner.otherSeenMs < ambiguousMs ? undefined : owner.workload;
  };

  const localPeer = (client: bigint, ip: string): Peer | undefined => {
    const owner = local.ownerOf(client, ip);
    if (owner?.kind === 'node') return { kind: 'node', name: node, ip };
    const workload = owner?.workload ?? learnedOwnerOf(ip);
    return workload === undefined ? undefined : { kind: 'workload', name: workload, workload, ip };
  };

  const peerOf = (client: bigint, ip: string): Peer => {
    const looked = dnsNames.nameOf(client, ip, nowMs());
    const here = localPeer(client, ip);
    if (looked?.includes('.') === true) {
      const owned = here?.workload === undefined ? {} : { workload: here.workload };
      return { kind: 'external', name: looked, ip, ...owned };
    }
    if (here !== undefined) return here;
    // Whoever follows knows a peer by its address until it has a name, but not by one name after another.
    if (local.isPending?.(ip) === true) return { kind: 'external', name: ip, ip };
    return { kind: 'external', name: looked ?? hosts.nameOf(local.netnsNameOf(client), ip) ?? ip, ip };
  };

  return {
    peerOf(client, ip) {
      const { text, scope } = parse(ip);
      if (scope === 'loopback') return { kind: 'loopback', name: 'localhost', ip: text };
      // Sums over all peers have the unspecified address.
      if (scope === 'unspecified') return { kind: 'unknown', name: 'any', ip: text };
      if (scope === 'malformed') return { kind: 'unknown', name: text, ip: text };
      return peerOf(client, text);
    },
    learnLocal(ip, { workload }) {
      const { text, scope } = parse(ip);
      if (scope !== 'other') return;
      const known = learned.get(text);
      const moved = known !== undefined && known.workload !== workload;
      const otherSeenMs = moved ? known.seenMs : (known?.otherSeenMs ?? -Infinity);
      learned.set(text, { workload, seenMs: nowMs(), otherSeenMs });
    },
    stats: () => ({ learned_local: learned.size, ...renamed(dnsNames.stats()) }),
  };
}

function renamed(stats: ReturnType<DnsNames['stats']>): Readonly<Record<string, number>> {
  return {
    dns_names: stats.names,
    dns_clients: stats.clients,
    dns_names_evicted: stats.evicted,
    dns_names_contested: stats.contested,
  };
}
