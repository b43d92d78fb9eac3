import { LRUCache } from 'lru-cache';
import { isFailure, outcomeOf, type Lookup, type LookupResult } from './lookup.ts';
import type { Resolver } from './resolvers.ts';

/** A lookup that failed, as far as another one may rest on it. */
interface Trouble {
  readonly resolver: Resolver;
  readonly startedUs: number;
  readonly endedUs: number;
}

const maxNames = 4_096;
const maxNamespaces = 4_096;
/** Resolvers remember for so long that they could not find something out (RFC 9520 allows up to 5 minutes). */
const rememberedFailureUs = 30_000_000;

/**
 * Tells failures that a resolver on this machine only passed on: systemd-resolved, a node-local cache, dnsmasq in a
 * container. When the resolver behind it is down, the failure is told where it is, once, and not again by each of
 * its clients.
 */
export class Relays {
  readonly #byName = new LRUCache<string, Trouble>({ max: maxNames });
  /** The last failure at another machine's resolver, by network namespace of who asked. */
  readonly #byNamespace = new LRUCache<bigint, Trouble>({ max: maxNamespaces });

  /** Every failure, also one that was passed on: a chain may be longer. */
  note(result: LookupResult): void {
    const { resolver, startedUs, endedUs, client, names } = result;
    const trouble = { resolver, startedUs, endedUs };
    for (const name of names) this.#byName.set(name, trouble);
    if (!resolver.isLoopback) this.#byNamespace.set(client.owner.netnsCookie, trouble);
  }

  /**
   * For a failure at a resolver on this machine. `openWith`: lookups that are not over, by name: the resolver may still
   * be trying when its client has given up.
   */
  isPassedOn(result: LookupResult, openWith: (name: string) => readonly Lookup[]): boolean {
    if (result.outcome === 'unreachable') return false;
    const restsOn = (other: Trouble | undefined): boolean =>
      other !== undefined &&
      other.resolver !== result.resolver &&
      other.startedUs >= result.startedUs &&
      other.startedUs <= result.endedUs;
    const isOpenTrouble = (lookup: Lookup): boolean =>
      (lookup.waiting > 0 || isFailure(outcomeOf(lookup.questions))) &&
      restsOn({ resolver: lookup.resolver, startedUs: lookup.startedUs, endedUs: lookup.toldUs });
    if (result.names.some((name) => restsOn(this.#byName.get(name)) || openWith(name).some(isOpenTrouble)))
      return true;
    if (!result.resolver.isLoopback) return false;
    const last = this.#byNamespace.get(result.client.owner.netnsCookie);
    return last !== undefined && result.endedUs - last.endedUs < rememberedFailureUs;
  }
}
