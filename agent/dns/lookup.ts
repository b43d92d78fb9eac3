import type { SocketOwner } from '../names/port.ts';
import type { Resolver } from './resolvers.ts';

/** Fields of the signal, too: each lookup that is over counts in one of them. */
export type LookupOutcome =
  | 'noerror'
  | 'nxdomain'
  | 'servfail'
  | 'refused'
  | 'other_errors'
  | 'unreachable'
  | 'unanswered'
  | 'cancelled';

/** What came of one question. `empty`: the name exists, but not with a record of this type. */
export type QuestionState =
  'waiting' | 'truncated' | 'answered' | 'empty' | Exclude<LookupOutcome, 'noerror'>;

/** A sandbox or service that looks names up. */
export interface DnsClient {
  /** Network namespace and cgroup. */
  readonly key: string;
  readonly owner: SocketOwner;
  /** Of its search path, as far as it showed. */
  readonly suffixes: Set<string>;
}

/** One name and type that is asked for, however often. */
export interface Question {
  /** Another one, once the search path shows. */
  lookup: Lookup;
  readonly name: string;
  readonly type: number;
  state: QuestionState;
  /** Where it was sent last. */
  resolver: Resolver;
  socketCookie: bigint;
  id: number;
  sentUs: number;
}

/** A lookup in the making: what a client wants to know, by one or more questions. Times: CLOCK_MONOTONIC, µs. */
export interface Lookup {
  readonly client: DnsClient;
  startedUs: number;
  /** The name it was first asked for by; the base, once steps of a search path show it. */
  name: string;
  hasBase: boolean;
  readonly questions: Question[];
  waiting: number;
  /** Of the last query. */
  askedUs: number;
  /** Of the last answer or failure: from here on it may be over. */
  toldUs: number;
  /** Asked or answered last. */
  resolver: Resolver;
  /** Resolvers that were asked, each once; a few. */
  readonly asked: Resolver[];
  retried: boolean;
  truncated: boolean;
  /** It went on over TCP. */
  tcpFallback: boolean;
  /** Told as waiting for too long already. */
  overdue: boolean;
  /** Events that the kernel could not tell, counted when it began. */
  readonly lossesAtStart: number;
}

/** A lookup that is over. */
export interface LookupResult {
  readonly client: DnsClient;
  readonly resolver: Resolver;
  readonly name: string;
  /** All names that were asked for. */
  readonly names: readonly string[];
  readonly type: number;
  readonly outcome: LookupOutcome;
  /** undefined: there was no answer. */
  readonly latencyUs: number | undefined;
  readonly startedUs: number;
  readonly endedUs: number;
  readonly retried: boolean;
  readonly truncated: boolean;
  readonly tcpFallback: boolean;
}

/** `outcome`: of its questions. */
export function toResult(lookup: Lookup, outcome: LookupOutcome): LookupResult {
  const { client, resolver, name, questions, startedUs, toldUs, retried, truncated, tcpFallback } = lookup;
  const isAnswered = outcome !== 'unanswered' && outcome !== 'cancelled' && outcome !== 'unreachable';
  return {
    client,
    resolver,
    name,
    names: [...new Set(questions.map((question) => question.name))],
    type: questions[0]?.type ?? 0,
    outcome,
    latencyUs: isAnswered ? toldUs - startedUs : undefined,
    startedUs,
    endedUs: toldUs,
    retried,
    truncated,
    tcpFallback,
  };
}

const failures: ReadonlySet<QuestionState> = new Set([
  'servfail',
  'refused',
  'other_errors',
  'unreachable',
  'unanswered',
]);

export function isFailure(state: QuestionState | LookupOutcome): boolean {
  return failures.has(state as QuestionState);
}

/**
 * The outcome of the whole. An address of either family is enough; a failure of one question outweighs that another
 * does not exist, because the name may well have been found there; an empty answer means that the name exists.
 */
export function outcomeOf(questions: readonly Pick<Question, 'state'>[]): LookupOutcome {
  const has = (state: QuestionState): boolean => questions.some((question) => question.state === state);
  if (has('answered') || has('truncated')) return 'noerror';
  const failure = questions.findLast(({ state }) => failures.has(state))?.state;
  if (failure !== undefined) return failure as LookupOutcome;
  if (has('empty')) return 'noerror';
  return has('nxdomain') ? 'nxdomain' : 'cancelled';
}

const [typeA, typeAaaa, typeHttps] = [1, 28, 65];
const addressTypes: ReadonlySet<number> = new Set([typeA, typeAaaa, typeHttps]);

/** A, AAAA and HTTPS: what a client asks for together to connect to one name. */
export function isAddressType(type: number): boolean {
  return addressTypes.has(type);
}
