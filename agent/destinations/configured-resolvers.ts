import { join } from 'node:path';
import { LRUCache } from 'lru-cache';
import { parseIp } from '../names/ip-address.ts';
import { NamedNetns } from '../names/named-netns.ts';
import { NetnsProcesses } from '../names/netns-processes.ts';
import { readBounded } from '../proc/read-bounded.ts';

export interface ConfiguredResolversOptions {
  readonly nowMs: () => number;
  /** Where `/etc`, `/run` and `/proc` are; for tests. */
  readonly root?: string;
  readonly pidIn?: (netnsInode: number) => number | undefined;
  readonly netnsNameOf?: (netnsInode: number) => string | undefined;
}

const maxFileBytes = 64 * 1024;
/** resolv.conf(5) uses three; systemd-resolved lists one or more of each link. */
const maxServers = 32;
const maxNamespaces = 4_096;
const readForMs = 10_000;

/**
 * The resolvers that a client is configured with: by the resolv.conf that its processes see (a container's own, what
 * `ip netns exec` mounts), and those that this machine itself asks, also behind systemd-resolved.
 */
export class ConfiguredResolvers {
  readonly #options: ConfiguredResolversOptions;
  readonly #root: string;
  readonly #pidIn: (netnsInode: number) => number | undefined;
  readonly #netnsNameOf: (netnsInode: number) => string | undefined;
  readonly #known = new LRUCache<number, { readonly ips: ReadonlySet<string>; readonly readAtMs: number }>({
    max: maxNamespaces,
  });

  constructor(options: ConfiguredResolversOptions) {
    const { nowMs } = options;
    this.#options = options;
    this.#root = options.root ?? '/';
    const processes = new NetnsProcesses({ nowMs });
    const names = new NamedNetns({ nowMs });
    this.#pidIn = options.pidIn ?? ((inode) => processes.pidIn(inode));
    this.#netnsNameOf = options.netnsNameOf ?? ((inode) => (names.refresh(), names.nameOf(inode)));
  }

  /** `ip`: without v4-mapped prefix. Reads files where it has not for ten seconds. */
  has(netnsInode: number, ip: string): boolean {
    const nowMs = this.#options.nowMs();
    let known = this.#known.get(netnsInode);
    if (known === undefined || nowMs - known.readAtMs >= readForMs) {
      known = { ips: this.#read(netnsInode), readAtMs: nowMs };
      this.#known.set(netnsInode, known);
    }
    return known.ips.has(ip);
  }

  #read(netnsInode: number): ReadonlySet<string> {
    const pid = this.#pidIn(netnsInode);
    const name = this.#netnsNameOf(netnsInode);
    const files = [
      'etc/resolv.conf',
      'run/systemd/resolve/resolv.conf',
      ...(pid === undefined ? [] : [`proc/${pid}/root/etc/resolv.conf`]),
      ...(name === undefined ? [] : [`etc/netns/${name}/resolv.conf`]),
    ];
    return new Set(files.flatMap((file) => this.#serversIn(file)));
  }

  #serversIn(file: string): readonly string[] {
    return parseNameservers(readBounded(join(this.#root, file), maxFileBytes) ?? '');
  }
}

/** Addresses of the lines `nameserver ADDRESS` (resolv.conf(5)). */
export function parseNameservers(text: string): readonly string[] {
  return text
    .split('\n')
    .flatMap((line) => /^\s*nameserver\s+(\S+)/.exec(line)?.[1] ?? [])
    .slice(0, maxServers)
    .map((address) => parseIp(address))
    .filter(({ scope }) => scope === 'other')
    .map(({ text: ip }) => ip);
}
