import type { DnsAnswer } from './dns-message.ts';

export interface DnsNamesOptions {
  /** Over all clients. When full, the client that holds the most loses its oldest: one cannot wash away others. */
  readonly maxNames?: number;
  readonly maxClients?: number;
  /** How long a name outlives its last lookup or use. Connections outlive TTLs by far. */
  readonly rememberMs?: number;
  /** How long a name keeps an address against other names for it, beyond its TTL. */
  readonly holdMs?: number;
}

interface RememberedName {
  readonly name: string;
  /** Wall time, ms, until which another name for the same address does not replace this one. */
  readonly heldUntilMs: number;
  readonly lastSeenMs: number;
}

/** One remembered name, for keeping it over a restart of the agent. */
export interface DnsNameRecord {
  /** Network namespace cookie, decimal: valid only within one boot. */
  readonly client: string;
  readonly ip: string;
  readonly name: string;
  readonly heldUntilMs: number;
  readonly lastSeenMs: number;
}

/**
 * What each client (network namespace) looked up: address → name.
 *
 * Several names often share an address (a CDN), and the name is part of an alert's key: were the latest lookup to
 * win, keys would flip back and forth. So the first name holds the address as long as the client keeps looking it
 * up; another takes over once the holder's TTL and `holdMs` have passed.
 */
export class DnsNames {
  readonly #maxNames: number;
  readonly #maxClients: number;
  readonly #rememberMs: number;
  readonly #holdMs: number;
  /** Both levels are in order of last use: JavaScript's maps iterate in order of insertion. */
  readonly #clients = new Map<bigint, Map<string, RememberedName>>();
  #size = 0;
  #evicted = 0;
  #contested = 0;
  #revision = 0;

  constructor(options: DnsNamesOptions = {}) {
    this.#maxNames = options.maxNames ?? 65_536;
    this.#maxClients = options.maxClients ?? 4_096;
    this.#rememberMs = options.rememberMs ?? 24 * 3_600_000;
    this.#holdMs = options.holdMs ?? 600_000;
  }

  /** `nowMs`: wall time, so that records stay valid over a restart. */
  learn(client: bigint, answer: DnsAnswer, nowMs: number): void {
    for (const { ip, ttlMs } of answer.addresses) {
      const known = this.#clients.get(client)?.get(ip);
      if (known !== undefined && known.name !== answer.name && nowMs < known.heldUntilMs) {
        this.#contested++;
        continue;
      }
      if (known?.name !== answer.name) this.#revision++;
      const heldUntilMs = nowMs + Math.max(ttlMs, this.#holdMs);
      this.#put(client, ip, { name: answer.name, heldUntilMs, lastSeenMs: nowMs });
    }
  }

  /** The name under which this client reached the address; asking counts as use. */
  nameOf(client: bigint, ip: string, nowMs: number): string | undefined {
    const known = this.#clients.get(client)?.get(ip);
    if (known === undefined) return undefined;
    if (nowMs - known.lastSeenMs > this.#rememberMs) {
      this.#remove(client, ip);
      return undefined;
    }
    this.#put(client, ip, { ...known, lastSeenMs: nowMs });
    return known.name;
  }

  /** Grows whenever an address gets another name than it had. */
  get revision(): number {
    return this.#revision;
  }

  /** Least lately used first, so that restoring a tail keeps the best. */
  *records(): Iterable<DnsNameRecord> {
    for (const [client, names] of this.#clients)
      for (const [ip, remembered] of names) yield { client: client.toString(), ip, ...remembered };
  }

  restore(records: Iterable<DnsNameRecord>): void {
    for (const { client, ip, name, heldUntilMs, lastSeenMs } of records)
      this.#put(BigInt(client), ip, { name, heldUntilMs, lastSeenMs });
  }

  stats(): {
    readonly names: number;
    readonly clients: number;
    readonly evicted: number;
    readonly contested: number;
  } {
    return {
      names: this.#size,
      clients: this.#clients.size,
      evicted: this.#evicted,
      contested: this.#contested,
    };
  }

  #put(client: bigint, ip: string, remembered: RememberedName): void {
    const names = this.#clients.get(client) ?? new Map<string, RememberedName>();
    this.#clients.delete(client);
    this.#clients.set(client, names);
    if (!names.delete(ip)) this.#size++;
    names.set(ip, remembered);
    this.#evict();
  }

  #remove(client: bigint, ip: string): void {
    const names = this.#clients.get(client);
    if (names?.delete(ip) !== true) return;
    this.#size--;
    if (names.size === 0) this.#clients.delete(client);
  }

  #evict(): void {
    while (this.#clients.size > this.#maxClients) {
      const [client, names] = firstOf(this.#clients);
      this.#clients.delete(client);
      this.#size -= names.size;
      this.#evicted += names.size;
    }
    while (this.#size > this.#maxNames) {
      const [client, names] = this.#largestClient();
      this.#remove(client, firstOf(names)[0]);
      this.#evicted++;
    }
  }

  #largestClient(): readonly [bigint, Map<string, RememberedName>] {
    let largest = firstOf(this.#clients);
    for (const entry of this.#clients) if (entry[1].size > largest[1].size) largest = entry;
    return largest;
  }
}

function firstOf<K, V>(map: ReadonlyMap<K, V>): readonly [K, V] {
  for (const entry of map) return entry;
  throw new Error('evicting from an empty map');
}
