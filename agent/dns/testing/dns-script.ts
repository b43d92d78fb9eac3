import type { DnsEvent, DnsEventKind } from '../dns-event.ts';
import type { DnsQuestion } from '../dns-question.ts';
import type { DnsClient, LookupResult } from '../lookup.ts';
import { LookupTable, type LookupListener } from '../lookup-table.ts';
import type { OpenLookupLimits } from '../open-lookups.ts';
import type { Resolver } from '../resolvers.ts';
import { sampleEvent } from './sample-event.ts';

/** Where a query goes and from which socket; the rest of a client's packets repeats it. */
export interface Ask {
  readonly name: string;
  readonly type?: number;
  readonly id?: number;
  readonly socket?: bigint;
  readonly client?: bigint;
  readonly resolver?: Resolver;
  readonly tcp?: boolean;
}

export type Answer = Partial<Pick<DnsQuestion, 'rcode' | 'answers' | 'isTruncated' | 'name'>>;

export const resolverA: Resolver = { ip: '192.0.2.53', port: 53, isLoopback: false };
export const resolverB: Resolver = { ip: '198.51.100.53', port: 53, isLoopback: false };
export const stub: Resolver = { ip: '127.0.0.53', port: 53, isLoopback: true };
export const nxdomain: Answer = { rcode: 3 };
export const servfail: Answer = { rcode: 2 };
export const found: Answer = { answers: 1 };
export const empty: Answer = {};
export const [typeA, typeAaaa, typePtr] = [1, 28, 12] as const;

/** Plays packets of clients to a table, at times in ms, and keeps what it tells. */
export class DnsScript implements LookupListener {
  readonly table: LookupTable;
  readonly results: LookupResult[] = [];
  readonly failedQueries: string[] = [];
  queries = 0;
  overdue = 0;
  losses = 0;
  readonly #onResult: (result: LookupResult) => void;
  #atMs = 0;

  constructor(
    limits: Partial<OpenLookupLimits> = {},
    onResult: (result: LookupResult) => void = () => undefined,
  ) {
    this.#onResult = onResult;
    this.table = new LookupTable(this, limits);
  }

  /** Goes on to this time, and looks for what is over. */
  at(ms: number): this {
    for (; this.#atMs < ms; this.#atMs = Math.min(ms, this.#atMs + 50))
      this.table.expire(this.#atMs * 1_000, () => this.losses);
    this.table.expire(ms * 1_000, () => this.losses);
    return this;
  }

  ask(ask: Ask): this {
    const { resolver = resolverA } = ask;
    this.table.query(this.#event('query', ask), this.#question(ask, {}, false), resolver);
    return this;
  }

  answer(ask: Ask, answer: Answer, resolver: Resolver = ask.resolver ?? resolverA): this {
    this.table.response(this.#event('response', ask), this.#question(ask, answer, true), resolver);
    return this;
  }

  /** Asked and answered within a millisecond. */
  exchange(ask: Ask, answer: Answer): this {
    this.ask(ask);
    this.#atMs += 1;
    return this.answer(ask, answer);
  }

  close(socket: bigint): this {
    this.table.socketClosed(socket, this.#atMs * 1_000);
    return this;
  }

  fail(socket: bigint): this {
    this.table.socketFailed(socket, this.#atMs * 1_000);
    return this;
  }

  refuseTcp(ask: Ask): this {
    this.table.connectionRefused(this.#event('error', { ...ask, tcp: true }), ask.resolver ?? resolverA);
    return this;
  }

  /** To the end of all patience: what came of it, as `name outcome`. */
  outcomes(): readonly string[] {
    this.at(this.#atMs + 10_000);
    return this.results.map(({ name, outcome }) => `${name} ${outcome}`);
  }

  onQuery(): void {
    this.queries++;
  }

  onFailedQuery(_client: DnsClient, { ip }: Resolver): void {
    this.failedQueries.push(ip);
  }

  onOverdue(): void {
    this.overdue++;
  }

  onResult(result: LookupResult): void {
    this.results.push(result);
    this.#onResult(result);
  }

  #event(kind: DnsEventKind, { socket = 1n, client = 7n, tcp = false }: Ask): DnsEvent {
    return sampleEvent({
      kind,
      atUs: this.#atMs * 1_000,
      socketCookie: socket,
      owner: { netnsCookie: client, netnsInode: 1, cgroupId: 1n },
      tcp,
    });
  }

  #question({ name, type = typeA, id = 1 }: Ask, answer: Answer, isResponse: boolean): DnsQuestion {
    return { id, name, type, isResponse, isTruncated: false, rcode: 0, answers: 0, ...answer };
  }
}
