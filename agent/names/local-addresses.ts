import { networkInterfaces } from 'node:os';
import { LRUCache } from 'lru-cache';
import { netnsInodeAt } from './named-netns.ts';
import { readAddresses, readTcpSockets } from './netns-network.ts';
import type { NetnsProcesses } from './netns-processes.ts';

export interface LocalAddressesOptions {
  readonly nowMs: () => number;
  readonly processes: NetnsProcesses;
  readonly maxNamespaces?: number;
  /**
   * Of a cluster's node: what is an address of the machine is the machine's, and of others with equal addresses none is
   * sought by its sockets, which costs reading them all. Addresses of pods are named elsewhere.
   */
  readonly machineOnly?: boolean;
}

const minSurveyIntervalMs = 200;
/** Surveys may use 2 % of a CPU: not of the clock, or a busy machine would be named late. */
const surveyCostFactor = 50;
/** A survey this old still counts as new for an address first seen now: all rows of one flush share one. */
const surveyFreshMs = 50;
const recheckMs = 30_000;
const decisionMs = 10_000;
const undecidedMs = 200;

/** What is known of one address that was asked for. */
interface Asked {
  /** The time after which a survey is wanted for it. */
  readonly wantedAfterMs: number;
  /** A survey was made since it was asked for first. */
  readonly answered: boolean;
}

/**
 * Which network namespace of this machine owns an address.
 *
 * Namespaces may have equal addresses (two labs, two tenants). Then the sockets decide: the owner is the one that
 * holds the other ends of the client's connections to that address.
 */
export class LocalAddresses {
  readonly #options: LocalAddressesOptions;
  readonly #ownInode = netnsInodeAt('/proc/self/ns/net');
  #owners: ReadonlyMap<string, ReadonlySet<number>> = new Map();
  #surveyedAtMs = -Infinity;
  #surveyCostMs = 0;
  #surveys = 0;
  #overflowed = 0;
  #undecided = 0;
  readonly #asked = new LRUCache<string, Asked>({ max: 16_384 });
  readonly #decisions = new LRUCache<
    string,
    { readonly owner: number | undefined; readonly untilMs: number }
  >({
    max: 4_096,
  });

  constructor(options: LocalAddressesOptions) {
    this.#options = options;
  }

  /** Inode of the owner; undefined: nobody here, or several and the sockets do not tell which. */
  ownerOf(ip: string, clientInode: number | undefined): number | undefined {
    this.#surveyIfWanted(ip);
    const owners = this.#owners.get(ip);
    if (owners === undefined) return undefined;
    if (this.#options.machineOnly === true) return this.#machineOf(owners);
    // An address of its own always leads a client to itself.
    if (clientInode !== undefined && owners.has(clientInode)) return clientInode;
    if (owners.size === 1) return [...owners][0];
    return clientInode === undefined ? undefined : this.#decide(ip, clientInode, owners);
  }

  /** The survey that is to tell has not been made yet: `undefined` of `ownerOf` says nothing. Only for what it was asked. */
  isPending(ip: string): boolean {
    return this.#asked.get(ip)?.answered === false;
  }

  /** The only owner, if it is not the machine: a namespace that is no pod's, which nobody else would name. */
  #machineOf(owners: ReadonlySet<number>): number | undefined {
    if (this.#ownInode !== undefined && owners.has(this.#ownInode)) return this.#ownInode;
    return owners.size === 1 ? [...owners][0] : undefined;
  }

  stats(): Readonly<Record<string, number>> {
    return {
      local_addresses: this.#owners.size,
      local_surveys: this.#surveys,
      local_survey_cost_ms: this.#surveyCostMs,
      local_namespaces_overflowed: this.#overflowed,
      local_owner_undecided: this.#undecided,
    };
  }

  #surveyIfWanted(ip: string): void {
    const nowMs = this.#options.nowMs();
    const before = this.#asked.get(ip);
    const wantedAfterMs = before?.wantedAfterMs ?? nowMs - surveyFreshMs;
    const wanted = this.#surveyedAtMs < wantedAfterMs && wantedAfterMs <= nowMs;
    const intervalMs = Math.max(minSurveyIntervalMs, this.#surveyCostMs * surveyCostFactor);
    if (wanted && nowMs - this.#surveyedAtMs >= intervalMs) this.#survey(nowMs);
    const done = this.#surveyedAtMs >= wantedAfterMs;
    this.#asked.set(ip, {
      wantedAfterMs: done ? this.#surveyedAtMs + recheckMs : wantedAfterMs,
      answered: done || before?.answered === true,
    });
  }

  #survey(nowMs: number): void {
    const { processes, maxNamespaces = 2_048 } = this.#options;
    const started = process.threadCpuUsage();
    processes.refresh();
    const namespaces = [...processes.all()];
    if (namespaces.length > maxNamespaces) this.#overflowed++;
    const owners = new Map<string, Set<number>>();
    const own = (ip: string, inode: number) => owners.set(ip, (owners.get(ip) ?? new Set()).add(inode));
    for (const [inode, pid] of namespaces.slice(0, maxNamespaces))
      for (const ip of readAddresses(pid)) own(ip, inode);
    if (this.#ownInode !== undefined) for (const ip of ownAddresses()) own(ip, this.#ownInode);
    this.#owners = owners;
    this.#surveyedAtMs = nowMs;
    const { user, system } = process.threadCpuUsage(started);
    this.#surveyCostMs = (user + system) / 1_000;
    this.#surveys++;
  }

  #decide(ip: string, clientInode: number, owners: ReadonlySet<number>): number | undefined {
    const key = `${clientInode}/${ip}`;
    const nowMs = this.#options.nowMs();
    const known = this.#decisions.get(key);
    if (known !== undefined && nowMs < known.untilMs) return known.owner;
    // While no connection tells, what was decided before stands, if it still can.
    const former = known?.owner !== undefined && owners.has(known.owner) ? known.owner : undefined;
    const owner = this.#ownerBySockets(ip, clientInode, owners) ?? former;
    if (owner === undefined) this.#undecided++;
    this.#decisions.set(key, { owner, untilMs: nowMs + (owner === undefined ? undecidedMs : decisionMs) });
    return owner;
  }

  #ownerBySockets(ip: string, clientInode: number, owners: ReadonlySet<number>): number | undefined {
    const ours = new Set(
      this.#socketsOf(clientInode)
        .filter(({ remoteIp }) => remoteIp === ip)
        .map(({ localIp, localPort, remotePort }) => `${localIp} ${localPort} ${remotePort}`),
    );
    const counts = [...owners].map((inode) => ({
      inode,
      matches: this.#socketsOf(inode).filter(
        ({ localIp, localPort, remoteIp, remotePort }) =>
          localIp === ip && ours.has(`${remoteIp} ${remotePort} ${localPort}`),
      ).length,
    }));
    const [best, second] = counts.sort((a, b) => b.matches - a.matches);
    return best !== undefined && best.matches > (second?.matches ?? 0) ? best.inode : undefined;
  }

  #socketsOf(inode: number): ReturnType<typeof readTcpSockets> {
    const pid = this.#options.processes.pidIn(inode);
    return pid === undefined ? [] : readTcpSockets(pid);
  }
}

function ownAddresses(): readonly string[] {
  const addresses = Object.values(networkInterfaces()).flatMap((all) => all ?? []);
  return addresses
    .filter(({ internal, address }) => !internal && !address.startsWith('fe80:'))
    .map(({ address }) => address);
}
