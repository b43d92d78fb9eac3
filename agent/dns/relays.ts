import { LRUCache } from 'lru-cache';
import { isFailure, outcomeOf, type DnsClient, type Lookup, type LookupResult } from './lookup.ts';
import type { Resolver } from './resolvers.ts';

/** A lookup that failed, as far as another one may rest on it. */
interface Trouble {
  readonly client: DnsClient;
  readonly resolver: Resolver;
  readonly startedUs: number;
  readonly endedUs: number;
}

export interface RelaysOptions {
  /** `asker` is in the place that `resolver` runs in, as `client` reaches it: it may be that resolver. */
  readonly runsAt: (asker: DnsClient, client: DnsClient, resolver: Resolver) => boolean;
  /** Lookups that are not over, by name: a resolver may still be trying when its client has given up. */
  readonly openWith: (name: string) => readonly Lookup[];
}

/** What may rest on a lookup of the resolver's own. */
export type Resting = Pick<LookupResult, 'client' | 'resolver' | 'names' | 'startedUs' | 'endedUs'>;

const maxNames = 4_096;
/** Of one name; each of another client. */
const maxTroubles = 8;
const maxNamespaces = 4_096;
/** Resolvers remember for so long that they could not find something out (RFC 9520 allows up to 5 minutes). */
const rememberedFailureUs = 30_000_000;

/**
 * Tells failures that a resolver on this machine only passed on: systemd-resolved, a node-local cache, dnsmasq in a
 * container. When the resolver behind it is down, the failure is told where it is, once, and not again by each of
 * its clients. Only what the resolver itself asks excuses it: two that fail at the same time are two.
 */
export class Relays {
  readonly #options: RelaysOptions;
  /** The last of each client. */
  readonly #byName = new LRUCache<string, readonly Trouble[]>({ max: maxNames });
  /** The last failure at another machine's resolver, by network namespace of who asked. */
  readonly #byNamespace = new LRUCache<bigint, Trouble>({ max: maxNamespaces });

  constructor(options: RelaysOptions) {
    this.#options = options;
  }

  /** Every failure, also one that was passed on: a chain may be longer. */
  note({ resolver, startedUs, endedUs, client, names }: Resting): void {
    const trouble = { client, resolver, startedUs, endedUs };
    for (const name of names) {
      const others = (this.#byName.get(name) ?? []).filter((other) => other.client !== client);
      this.#byName.set(name, [...others.slice(1 - maxTroubles), trouble]);
    }
    if (!resolver.isLoopback) this.#byNamespace.set(client.owner.netnsCookie, trouble);
  }

  /** For a failure, or a wait so far. */
  isPassedOn(resting: Resting): boolean {
    const { openWith } = this.#options;
    const isOpenTrouble = (lookup: Lookup): boolean =>
      (lookup.waiting > 0 || isFailure(outcomeOf(lookup.questions))) &&
      this.#restsOn(resting, { ...lookup, endedUs: lookup.toldUs });
    const isTrouble = (name: string): boolean =>
      (this.#byName.get(name) ?? []).some((trouble) => this.#restsOn(resting, trouble)) ||
      openWith(name).some(isOpenTrouble);
    return resting.names.some(isTrouble) || this.#remembers(resting);
  }

  #restsOn({ client, resolver, startedUs, endedUs }: Resting, other: Trouble): boolean {
    return (
      other.resolver !== resolver &&
      other.startedUs >= startedUs &&
      other.startedUs <= endedUs &&
      this.#options.runsAt(other.client, client, resolver)
    );
  }

  /** It failed to find something out a moment ago, and does not try again yet. */
  #remembers({ client, resolver, endedUs }: Resting): boolean {
    if (!resolver.isLoopback) return false;
    const last = this.#byNamespace.get(client.owner.netnsCookie);
    return last !== undefined && endedUs - last.endedUs < rememberedFailureUs;
  }
}
