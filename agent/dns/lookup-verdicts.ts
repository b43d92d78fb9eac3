import { LRUCache } from 'lru-cache';
import { isAddressType, isFailure, type DnsClient, type Lookup, type LookupResult } from './lookup.ts';
import type { LookupVerdict } from './lookup-rows.ts';
import { Relays } from './relays.ts';
import type { Resolver } from './resolvers.ts';
import { isSpecialName } from './special-names.ts';

export interface LookupVerdictsOptions {
  /** The resolver runs on this machine, as this client reaches it. */
  readonly isHere: (client: DnsClient, resolver: Resolver) => boolean;
  readonly openWith: (name: string) => readonly Lookup[];
  readonly maxNames?: number;
}

/** What of a result needs to know others: whose failure it is, and whether the name ever existed. */
export class LookupVerdicts {
  readonly #options: LookupVerdictsOptions;
  readonly #relays = new Relays();
  /** Names that a client resolved. */
  readonly #resolved: LRUCache<string, true>;

  constructor(options: LookupVerdictsOptions) {
    this.#options = options;
    this.#resolved = new LRUCache({ max: options.maxNames ?? 32_768 });
  }

  judge(result: LookupResult): LookupVerdict {
    const { outcome, client, names, name } = result;
    if (isFailure(outcome)) return { relayed: this.#isRelayed(result), neverResolved: false };
    const keys = [...new Set([name, ...names])].map((each) => `${client.key} ${each}`);
    if (outcome === 'noerror') for (const key of keys) this.#resolved.set(key, true);
    const neverResolved =
      outcome === 'nxdomain' &&
      isAddressType(result.type) &&
      !isSpecialName(name) &&
      !keys.some((key) => this.#resolved.has(key));
    return { relayed: false, neverResolved };
  }

  #isRelayed(result: LookupResult): boolean {
    const { isHere, openWith } = this.#options;
    const relayed = isHere(result.client, result.resolver) && this.#relays.isPassedOn(result, openWith);
    this.#relays.note(result);
    return relayed;
  }
}
