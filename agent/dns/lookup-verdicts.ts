import { LRUCache } from 'lru-cache';
import { isAddressType, isFailure, type Lookup, type LookupResult } from './lookup.ts';
import type { LookupVerdict } from './lookup-rows.ts';
import { Relays, type RelaysOptions } from './relays.ts';
import { isSpecialName } from './special-names.ts';

export interface LookupVerdictsOptions extends RelaysOptions {
  readonly maxNames?: number;
}

/** What of a result needs to know others: whose failure it is, and whether the name ever existed. */
export class LookupVerdicts {
  readonly #relays: Relays;
  /** Names that a client resolved. */
  readonly #resolved: LRUCache<string, true>;

  constructor(options: LookupVerdictsOptions) {
    this.#relays = new Relays(options);
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

  /** It waits because the resolver, on this machine, waits for somebody else. */
  waitsForOthers({ client, resolver, startedUs, questions }: Lookup, nowUs: number): boolean {
    const names = [...new Set(questions.map(({ name }) => name))];
    return this.#relays.isPassedOn({ client, resolver, names, startedUs, endedUs: nowUs });
  }

  #isRelayed(result: LookupResult): boolean {
    const relayed = result.outcome !== 'unreachable' && this.#relays.isPassedOn(result);
    this.#relays.note(result);
    return relayed;
  }
}
