import { LRUCache } from 'lru-cache';
import { isUdpService } from '../../stream/events/service-text.ts';

export interface PeerFansOptions {
  /** Prefixes without a name that one workload may have on a port. */
  readonly maxPrefixes?: number;
  readonly maxWorkloads?: number;
}

/** Destinations of one workload over UDP that have no name, beyond the first: whom it talks to is no news any more. */
export const variousAddresses = 'various addresses';

/** From here on, ports are given to clients (Linux; IANA's range begins at 49152). */
const clientPortsFrom = 32_768;

/**
 * Bounds what peer-to-peer programs and recursive resolvers make of `net.destinations`: calls (ICE), BitTorrent, a
 * resolver that asks the name servers of the whole world. Over TCP nobody has so many peers without names.
 */
export class PeerFans {
  readonly #maxPrefixes: number;
  readonly #known: LRUCache<string, Set<string>>;

  constructor({ maxPrefixes = 32, maxWorkloads = 4_096 }: PeerFansOptions = {}) {
    this.#maxPrefixes = maxPrefixes;
    this.#known = new LRUCache({ max: maxWorkloads });
  }

  /** `prefix`, or what stands for this and all others that `workload` talks to on `port`. */
  fold(workload: string, prefix: string, port: number): string {
    const key = `${workload} ${port}`;
    const known = this.#known.get(key) ?? new Set();
    this.#known.set(key, known);
    if (known.has(prefix)) return prefix;
    if (known.size >= this.#maxPrefixes) return variousAddresses;
    known.add(prefix);
    return prefix;
  }
}

/** The port of a peer as a destination has it: 0 for all that a peer got at random. */
export function udpDestinationPort(port: number): number {
  return port >= clientPortsFrom && !isUdpService(port) ? 0 : port;
}
