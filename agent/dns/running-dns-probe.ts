import type { ProbeCandidate, ProbeContext, ProbeHealth, ProbeRow } from '../probe.ts';
import type { DnsEvent } from './dns-event.ts';
import type { DnsFeed } from './dns-feed.ts';
import { parseDnsQuestion, printableDnsName } from './dns-question.ts';
import { FailureGate } from './failure-gate.ts';
import type { DnsClient, Lookup, LookupResult } from './lookup.ts';
import { LookupRows, rowKey } from './lookup-rows.ts';
import { LookupTable } from './lookup-table.ts';
import { LookupVerdicts } from './lookup-verdicts.ts';
import type { RelaysOptions } from './relays.ts';
import { Resolvers, type Resolver } from './resolvers.ts';

export interface RunningDnsOptions {
  readonly feed: Pick<DnsFeed, 'drain' | 'counters'>;
  readonly context: ProbeContext;
  readonly runsAt: RelaysOptions['runsAt'];
}

const mdnsPort = 5353;
/** How often lookups are looked at while there are any: what ends one by itself are times of 50 ms and more. */
const sweepMs = 50;

/** Lookups in the making and what was counted of them. */
export class RunningDnsProbe {
  readonly #feed: RunningDnsOptions['feed'];
  readonly #context: ProbeContext;
  readonly #rows = new LookupRows();
  readonly #resolvers = new Resolvers();
  readonly #gate = new FailureGate();
  readonly #table: LookupTable;
  readonly #verdicts: LookupVerdicts;
  #cancelSweep: (() => void) | undefined;
  #malformed = 0;
  #unknownClient = 0;

  constructor({ feed, context, runsAt }: RunningDnsOptions) {
    this.#feed = feed;
    this.#context = context;
    this.#table = new LookupTable({
      onQuery: (client, resolver) => this.#rows.of(client, resolver)?.count('queries'),
      onFailedQuery: (client, resolver) => this.#rows.of(client, resolver)?.count('failed_queries'),
      onOverdue: (lookup) => this.#onOverdue(lookup),
      onResult: (result) => this.#onResult(result),
    });
    const openWith = (name: string): readonly Lookup[] => this.#table.open.withName(name);
    this.#verdicts = new LookupVerdicts({ runsAt, openWith });
  }

  /** For the feed. */
  readonly onEvent = (event: DnsEvent): void => {
    if (event.kind === 'closed') this.#table.socketClosed(event.socketCookie, event.atUs);
    else if (event.owner.netnsCookie === 0n) this.#unknownClient++;
    else if (event.serverPort !== mdnsPort) this.#take(event);
    if (this.#table.open.size > 0)
      this.#cancelSweep ??= this.#context.clock.after(sweepMs, () => this.#sweep());
  };

  collect(): readonly ProbeRow[] {
    this.#expire();
    this.#table.noteLosses(this.#losses());
    const overdue = new Map<string, number>();
    for (const lookup of this.#table.open) {
      if (!this.#isOverdue(lookup)) continue;
      const key = rowKey(lookup.client, lookup.resolver);
      overdue.set(key, (overdue.get(key) ?? 0) + 1);
      this.#rows.of(lookup.client, lookup.resolver)?.setLevel('overdue', overdue.get(key) ?? 0);
    }
    return this.#rows.collect();
  }

  health(): ProbeHealth {
    const counters = {
      ...this.#feed.counters(),
      ...this.#table.counters(),
      messages_malformed: this.#malformed,
      unknown_client: this.#unknownClient,
      rows_refused: this.#rows.refused,
    };
    return { counters, mapFullness: { lookups: this.#table.open.fullness, rows: this.#rows.fullness } };
  }

  stop(): void {
    this.#cancelSweep?.();
    this.#cancelSweep = undefined;
  }

  #take(event: DnsEvent): void {
    const resolver = this.#resolvers.of(event);
    if (event.kind === 'error') {
      this.#table.socketFailed(event.socketCookie, event.atUs);
      if (event.tcp) this.#table.connectionRefused(event, resolver);
      return;
    }
    const question = parseDnsQuestion(event.head);
    if (question === undefined || question.isResponse !== (event.kind === 'response')) this.#malformed++;
    else if (event.kind === 'query') this.#table.query(event, question, resolver);
    else this.#table.response(event, question, resolver);
  }

  #sweep(): void {
    this.#cancelSweep = undefined;
    this.#expire();
    if (this.#table.open.size > 0)
      this.#cancelSweep ??= this.#context.clock.after(sweepMs, () => this.#sweep());
  }

  /** Everything up to now is read first: an answer in the ring is an answer. */
  #expire(): void {
    this.#feed.drain();
    this.#table.expire(this.#nowUs(), () => this.#losses());
  }

  #onResult(result: LookupResult): void {
    const verdict = this.#verdicts.judge(result);
    const target = verdict.neverResolved ? printableDnsName(result.name) : undefined;
    const { client, resolver } = result;
    this.#rows.of(client, resolver, target)?.add(result, verdict);
    const failed =
      result.outcome !== 'noerror' && result.outcome !== 'nxdomain' && result.outcome !== 'cancelled';
    if (failed && !verdict.relayed && this.#gate.trips(rowKey(client, resolver), this.#nowUs()))
      this.#context.onCandidate(this.#candidate(client, resolver));
  }

  /** By itself: where the resolver only passes the wait on, it is told of the one behind it. */
  #isOverdue(lookup: Lookup): boolean {
    return lookup.overdue && lookup.waiting > 0 && !this.#verdicts.waitsForOthers(lookup, this.#nowUs());
  }

  #onOverdue(lookup: Lookup): void {
    if (!this.#isOverdue(lookup)) return;
    const { client, resolver, name, questions } = lookup;
    const waiting = questions.find(({ state }) => state === 'waiting');
    this.#rows.of(client, resolver)?.show(name, waiting?.type ?? 0, 'waiting');
    if (this.#gate.trips(rowKey(client, resolver), this.#nowUs()))
      this.#context.onCandidate(this.#candidate(client, resolver));
  }

  #candidate(client: DnsClient, resolver: Resolver): ProbeCandidate {
    return {
      key: rowKey(client, resolver),
      take: () => {
        const row = this.#rows.of(client, resolver);
        row?.setLevel('overdue', this.#overdueOf(client, resolver));
        return row?.take();
      },
    };
  }

  #overdueOf(client: DnsClient, resolver: Resolver): number {
    let count = 0;
    for (const lookup of this.#table.open)
      if (lookup.client === client && lookup.resolver === resolver && this.#isOverdue(lookup)) count++;
    return count;
  }

  #nowUs(): number {
    return Number(this.#context.clock.monotonicNs()) / 1_000;
  }

  #losses(): number {
    const { lost = 0, over_limit = 0 } = this.#feed.counters();
    return lost + over_limit;
  }
}
