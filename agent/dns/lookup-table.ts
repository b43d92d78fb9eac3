import { LRUCache } from 'lru-cache';
import type { DnsEvent } from './dns-event.ts';
import type { DnsQuestion } from './dns-question.ts';
import { stateAfter } from './answer-state.ts';
import { beginLookup, isParallel, type Asked } from './find-lookup.ts';
import {
  isFailure,
  outcomeOf,
  toResult,
  type DnsClient,
  type Lookup,
  type LookupResult,
  type Question,
  type QuestionState,
} from './lookup.ts';
import { dueUs, overdueUs, patienceUs, unansweredUs } from './lookup-times.ts';
import { OpenLookups, type OpenLookupLimits } from './open-lookups.ts';
import type { Resolver } from './resolvers.ts';
import { learnSuffixes, sharedBase } from './search-path.ts';

/** Told what happens, in the order of events. */
export interface LookupListener {
  onQuery(client: DnsClient, resolver: Resolver): void;
  /** A query came to nothing, whatever its lookup will. */
  onFailedQuery(client: DnsClient, resolver: Resolver): void;
  /** A lookup waits for more than a second. Once each. */
  onOverdue(lookup: Lookup): void;
  onResult(result: LookupResult): void;
}

const maxClients = 4_096;

/**
 * Puts queries, responses and errors together to lookups (see `lookup.ts`). Nothing here waits or reads a clock:
 * `expire` ends what is over at the given moment. A query that finds no room is counted and left out, as is the
 * response to it.
 */
export class LookupTable {
  readonly open: OpenLookups;
  readonly #listener: LookupListener;
  readonly #clients = new LRUCache<string, DnsClient>({ max: maxClients });
  readonly #counts = { refused: 0, unmatched: 0, mismatched: 0, unseen: 0 };
  #losses = 0;

  constructor(listener: LookupListener, limits: Partial<OpenLookupLimits> = {}) {
    this.#listener = listener;
    this.open = new OpenLookups(limits);
  }

  /** Cumulative. */
  counters(): Readonly<Record<string, number>> {
    return {
      lookups_refused: this.#counts.refused,
      lookups_unseen: this.#counts.unseen,
      responses_unmatched: this.#counts.unmatched,
      responses_mismatched: this.#counts.mismatched,
      sockets_evicted: this.open.socketsEvicted,
    };
  }

  query(event: DnsEvent, question: DnsQuestion, resolver: Resolver): void {
    const { name, type, id } = question;
    if (name === undefined || type === undefined) return;
    const client = this.#clientOf(event);
    const { socketCookie, atUs, tcp } = event;
    const asked: Asked = { client, name, type, id, resolver, socketCookie, tcp, atUs };
    this.#listener.onQuery(client, resolver);
    const found = this.open.find(asked);
    if (found === undefined) this.#begin(asked);
    else if ('state' in found) this.#askAgain(found, asked);
    else this.#askMore(found, asked);
  }

  response(event: DnsEvent, answer: DnsQuestion, resolver: Resolver): void {
    const question = this.open.onSocket(event.socketCookie, answer.id);
    if (question?.state !== 'waiting') {
      this.#counts.unmatched++;
      return;
    }
    // An error about a query that could not even be read comes without its question.
    if (answer.name !== undefined && (answer.name !== question.name || answer.type !== question.type)) {
      this.#counts.mismatched++;
      return;
    }
    question.lookup.resolver = resolver;
    this.#settle(question, stateAfter(answer, event.tcp), event.atUs);
  }

  /** ICMP or a reset on a socket, whatever was asked there. */
  socketFailed(socketCookie: bigint, atUs: number): void {
    for (const question of this.open.allOnSocket(socketCookie))
      if (question.state === 'waiting') this.#settle(question, 'unreachable', atUs);
  }

  socketClosed(socketCookie: bigint, atUs: number): void {
    for (const question of this.open.allOnSocket(socketCookie))
      if (question.state === 'waiting')
        this.#settle(question, atUs - question.sentUs < patienceUs ? 'cancelled' : 'unanswered', atUs);
    this.open.forgetSocket(socketCookie);
  }

  /** A connection that a cut answer had led to was refused, before anything could be asked there. */
  connectionRefused(event: DnsEvent, resolver: Resolver): void {
    const client = this.#clientOf(event);
    for (const { client: whose, resolver: where, questions } of this.open)
      if (whose === client && where === resolver)
        for (const question of questions)
          if (question.state === 'truncated') this.#settle(question, 'unreachable', event.atUs);
  }

  /**
   * How many events the kernel could not tell so far. A lookup during which there were any is not called unanswered,
   * because its answer may have been among them.
   */
  noteLosses(losses: number): void {
    this.#losses = losses;
  }

  /** Ends what is over. `readLosses` is asked only where it matters: see `noteLosses`. */
  expire(nowUs: number, readLosses: () => number): void {
    for (const lookup of this.open) {
      if (lookup.waiting > 0) this.#lookAtWaiting(lookup, nowUs, readLosses);
      else if (nowUs >= dueUs(lookup)) this.#end(lookup);
    }
  }

  #lookAtWaiting(lookup: Lookup, nowUs: number, readLosses: () => number): void {
    const isOver = nowUs - lookup.askedUs >= unansweredUs;
    const becomesOverdue = !lookup.overdue && nowUs - lookup.startedUs >= overdueUs;
    if (!isOver && !becomesOverdue) return;
    this.noteLosses(readLosses());
    const isSeen = lookup.lossesAtStart === this.#losses;
    if (becomesOverdue && isSeen) {
      lookup.overdue = true;
      this.#listener.onOverdue(lookup);
    }
    if (!isOver) return;
    if (isSeen) {
      for (const question of lookup.questions)
        if (question.state === 'waiting') this.#settle(question, 'unanswered', nowUs);
      this.#end(lookup);
      return;
    }
    this.#counts.unseen++;
    this.open.remove(lookup);
  }

  #clientOf({ owner }: DnsEvent): DnsClient {
    const key = `${owner.netnsCookie}/${owner.cgroupId}`;
    const known = this.#clients.get(key);
    if (known !== undefined) return known;
    const client = { key, owner, suffixes: new Set<string>() };
    this.#clients.set(key, client);
    return client;
  }

  #begin(asked: Asked): void {
    if (this.open.isFull) {
      this.#counts.refused++;
      return;
    }
    const lookup = beginLookup(asked, this.#losses);
    this.open.add(lookup);
    this.#askMore(lookup, asked);
  }

  /** Another name or type of the same lookup. */
  #askMore(lookup: Lookup, asked: Asked): void {
    const { name, type, id, resolver, socketCookie, atUs: sentUs } = asked;
    if (!lookup.questions.some((question) => question.name === name)) this.#addName(lookup, name);
    const question: Question = { lookup, name, type, id, resolver, socketCookie, sentUs, state: 'waiting' };
    lookup.questions.push(question);
    this.#send(question, asked);
  }

  #askAgain(question: Question, asked: Asked): void {
    const { lookup, state } = question;
    const toTcp = lookup.truncated && asked.tcp;
    const isSpare = toTcp || state === 'cancelled' || isParallel(question, asked);
    if (state === 'waiting') lookup.waiting--;
    // An answer that was not waited for any longer; other failures were counted when they were seen.
    if (state === 'waiting' && !isSpare) this.#listener.onFailedQuery(lookup.client, question.resolver);
    if (toTcp) lookup.tcpFallback = true;
    else if (!isSpare) lookup.retried = true;
    this.open.unbind(question);
    question.state = 'waiting';
    question.id = asked.id;
    question.resolver = asked.resolver;
    question.socketCookie = asked.socketCookie;
    question.sentUs = asked.atUs;
    this.#send(question, asked);
  }

  #send(question: Question, asked: Asked): void {
    const { lookup } = question;
    lookup.waiting++;
    lookup.askedUs = asked.atUs;
    lookup.resolver = asked.resolver;
    if (!lookup.asked.includes(asked.resolver)) lookup.asked.push(asked.resolver);
    this.open.bind(question);
  }

  #addName(lookup: Lookup, name: string): void {
    this.open.addName(lookup, name);
    if (lookup.questions.length === 0) return;
    const shared = sharedBase(lookup.name, name, lookup.client.suffixes);
    if (shared === undefined) return;
    lookup.name = shared.base;
    lookup.hasBase = true;
    learnSuffixes(lookup.client.suffixes, shared.suffixes);
    // Steps under suffixes that were not known yet looked like lookups of their own.
    for (const other of this.open.deniedOf(lookup.client))
      if (other !== lookup && other.waiting === 0 && other.name.startsWith(`${shared.base}.`))
        this.#absorb(lookup, other);
  }

  #absorb(lookup: Lookup, step: Lookup): void {
    if (step.questions.some(({ name }) => lookup.questions.some((question) => question.name === name)))
      return;
    learnSuffixes(lookup.client.suffixes, [step.name.slice(lookup.name.length + 1)]);
    this.open.remove(step);
    for (const question of step.questions) {
      question.lookup = lookup;
      this.open.addName(lookup, question.name);
    }
    lookup.questions.unshift(...step.questions);
    lookup.startedUs = Math.min(lookup.startedUs, step.startedUs);
    lookup.retried ||= step.retried;
    lookup.truncated ||= step.truncated;
  }

  #settle(question: Question, state: QuestionState, atUs: number): void {
    const { lookup } = question;
    if (question.state === 'waiting') lookup.waiting--;
    question.state = state;
    lookup.toldUs = atUs;
    if (state === 'truncated') lookup.truncated = true;
    if (isFailure(state)) this.#listener.onFailedQuery(lookup.client, question.resolver);
    if (lookup.waiting === 0 && !lookup.questions.some((other) => other.state === 'answered'))
      this.open.noteDenied(lookup);
  }

  #end(lookup: Lookup): void {
    this.open.remove(lookup);
    this.#listener.onResult(toResult(lookup, outcomeOf(lookup.questions)));
  }
}
