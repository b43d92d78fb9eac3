import type { LookupEvidence } from '../../stream/events/observation.ts';
import { dns } from '../../signals/dns.ts';
import { addToSketch } from '../../signals/sketch.ts';
import type { ProbeRow } from '../probe.ts';
import { dnsTypeName, printableDnsName } from './dns-question.ts';
import { isFailure, type DnsClient, type LookupOutcome, type LookupResult } from './lookup.ts';
import type { Resolver } from './resolvers.ts';

/** What is said of a lookup beside its result. */
export interface LookupVerdict {
  /** A failure that the resolver, on this machine, only passed on. */
  readonly relayed: boolean;
  /** No such name, and never one for this client. */
  readonly neverResolved: boolean;
}

/**
 * Every row carries every field, also where there was none of it: what is missing is unknown, and unknown neither
 * teaches what is normal nor ends an alert, and reads as `?`.
 */
const nothing: Readonly<Record<string, number>> = Object.fromEntries(
  Object.keys(dns.fields).map((field) => [field, 0]),
);

const maxNames = 64;
const maxNamesTold = 16;

const outcomeNames: Readonly<Record<LookupOutcome | 'waiting', string>> = {
  noerror: 'NOERROR',
  nxdomain: 'NXDOMAIN',
  servfail: 'SERVFAIL',
  refused: 'REFUSED',
  other_errors: 'ERROR',
  unreachable: 'unreachable',
  unanswered: 'unanswered',
  cancelled: 'cancelled',
  waiting: 'waiting',
};

/** A row in the making: what one client had from one resolver since it was told last. */
export class LookupRow {
  readonly #client: DnsClient;
  readonly #resolver: Resolver;
  readonly #target: string | undefined;
  #fields: Record<string, number> = {};
  /** The worst names, by name, type and outcome. */
  readonly #names = new Map<string, LookupEvidence>();

  constructor(client: DnsClient, resolver: Resolver, target: string | undefined) {
    this.#client = client;
    this.#resolver = resolver;
    this.#target = target;
  }

  /** Of any client. */
  count(field: string, by = 1): void {
    this.#fields[field] = (this.#fields[field] ?? 0) + by;
  }

  /** A level at this moment. */
  setLevel(field: string, value: number): void {
    if (value > 0) this.#fields[field] = value;
  }

  add(result: LookupResult, { relayed, neverResolved }: LookupVerdict): void {
    const { outcome, latencyUs } = result;
    this.count('lookups');
    this.count(outcome);
    if (isFailure(outcome)) this.count(relayed ? 'relayed' : 'failures');
    if (neverResolved) this.count('never_resolved');
    if (result.retried) this.count('retried');
    if (result.truncated) this.count('truncated');
    if (result.tcpFallback) this.count('tcp_fallback');
    if (latencyUs !== undefined) addToSketch(this.#fields, 'latency_us', latencyUs);
    if (isFailure(outcome) || outcome === 'nxdomain') this.show(result.name, result.type, outcome, latencyUs);
  }

  /** As evidence. */
  show(name: string, type: number, outcome: LookupOutcome | 'waiting', latencyUs?: number): void {
    const shown = { name: printableDnsName(name), type: dnsTypeName(type), outcome: outcomeNames[outcome] };
    const key = `${shown.name} ${shown.type} ${shown.outcome}`;
    const known = this.#names.get(key);
    if (known === undefined && this.#names.size >= maxNames) return;
    const count = (known?.count ?? 0) + 1;
    this.#names.set(key, { ...shown, count, ...(latencyUs !== undefined && { latency_us: latencyUs }) });
  }

  get hasNews(): boolean {
    for (const _field in this.#fields) return true;
    return false;
  }

  /** What came since it was taken last; undefined: nothing. */
  take(): ProbeRow | undefined {
    if (!this.hasNews) return undefined;
    const fields = { ...nothing, ...this.#fields };
    const lookups = [...this.#names.values()].toSorted((a, b) => b.count - a.count).slice(0, maxNamesTold);
    this.#fields = {};
    this.#names.clear();
    return {
      signal: 'dns',
      owner: this.#client.owner,
      role: 'client',
      servicePort: this.#resolver.port,
      peerIp: this.#resolver.ip,
      ...(this.#target !== undefined && { target: this.#target }),
      fields,
      sockets: [],
      ...(lookups.length > 0 && { evidence: { lookups } }),
    };
  }
}

const maxRows = 8_192;
/** Names that rows are made for, over all clients. */
const maxTargets = 256;

/** The rows of all clients and resolvers. */
export class LookupRows {
  readonly #rows = new Map<string, LookupRow>();
  #targets = 0;
  #refused = 0;

  /** undefined: there is no room, which is counted. A target that finds no room is left out of the row. */
  of(client: DnsClient, resolver: Resolver, target?: string): LookupRow | undefined {
    const plain = rowKey(client, resolver);
    const key = target === undefined ? plain : `${plain} ${target}`;
    const known = this.#rows.get(key);
    if (known !== undefined) return known;
    if (target !== undefined && this.#targets >= maxTargets) return this.of(client, resolver);
    if (this.#rows.size >= maxRows) {
      this.#refused++;
      return undefined;
    }
    if (target !== undefined) this.#targets++;
    const row = new LookupRow(client, resolver, target);
    this.#rows.set(key, row);
    return row;
  }

  /** What came since the last time; rows without news are forgotten. */
  collect(): readonly ProbeRow[] {
    const rows: ProbeRow[] = [];
    for (const [key, row] of this.#rows) {
      const told = row.take();
      if (told !== undefined) rows.push(told);
      else this.#rows.delete(key);
    }
    this.#targets = [...this.#rows.keys()].filter((key) => key.split(' ').length > 2).length;
    return rows;
  }

  get refused(): number {
    return this.#refused;
  }

  get fullness(): number {
    return this.#rows.size / maxRows;
  }
}

/** No part holds a space. */
export function rowKey(client: DnsClient, { ip, port }: Resolver): string {
  return `${client.key} ${ip}/${port}`;
}
