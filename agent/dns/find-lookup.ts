import { isAddressType, isFailure, type DnsClient, type Lookup, type Question } from './lookup.ts';
import { parallelUs, stepUs } from './lookup-times.ts';
import type { Resolver } from './resolvers.ts';
import { sharedBase } from './search-path.ts';

/** A query as it was seen. */
export interface Asked {
  readonly client: DnsClient;
  readonly name: string;
  readonly type: number;
  readonly id: number;
  readonly resolver: Resolver;
  readonly socketCookie: bigint;
  readonly tcp: boolean;
  readonly atUs: number;
}

/** Nothing was sent yet. `losses`: events that the kernel could not tell so far. */
export function beginLookup({ client, name, resolver, atUs }: Asked, losses: number): Lookup {
  return {
    client,
    name,
    resolver,
    asked: [],
    startedUs: atUs,
    askedUs: atUs,
    toldUs: atUs,
    hasBase: false,
    questions: [],
    waiting: 0,
    retried: false,
    truncated: false,
    tcpFallback: false,
    overdue: false,
    lossesAtStart: losses,
  };
}

/** More belong to no lookup of a person or program: six suffixes, two types, and room. */
const maxQuestions = 32;

/** The question that is asked again, or the lookup that a new question belongs to; undefined: a lookup begins. */
export type Found = Question | Lookup | undefined;

/**
 * Where a query belongs. `sameName`: lookups that asked for this name; `denied`: lookups of this client that were told
 * no. Lookups at the same resolver come first: a forwarder that shares its client's namespace asks for the same name.
 */
export function findLookup(asked: Asked, sameName: readonly Lookup[], denied: readonly Lookup[]): Found {
  const own = sameName.filter(({ client }) => client === asked.client);
  const here = own.filter(({ resolver }) => resolver === asked.resolver);
  const elsewhere = own.filter(({ resolver }) => resolver !== asked.resolver);
  return (
    repetitionIn(here, asked) ??
    otherFamilyIn(here, asked) ??
    repetitionIn(elsewhere, asked) ??
    denied.find((lookup) => isNextStep(lookup, asked))
  );
}

function repetitionIn(lookups: readonly Lookup[], asked: Asked): Question | undefined {
  for (const { questions } of lookups) {
    const question = questions.find(({ name, type }) => name === asked.name && type === asked.type);
    if (question !== undefined && isRepetition(question, asked)) return question;
  }
  return undefined;
}

/**
 * Whether the client asks the same again because of how it fared. Resolvers of C libraries keep the id for all
 * attempts; another id means that the program asks anew, or somebody else, unless it turns to a resolver that was not
 * asked yet, or to TCP.
 */
function isRepetition(question: Question, asked: Asked): boolean {
  const { state, id, lookup, resolver } = question;
  const isOpen = state === 'waiting' || state === 'truncated' || state === 'cancelled' || isFailure(state);
  if (!isOpen || resolver.isLoopback !== asked.resolver.isLoopback) return false;
  if (id === asked.id || (state === 'truncated' && asked.tcp)) return true;
  return state !== 'waiting' && !lookup.asked.includes(asked.resolver);
}

/** The same query to the next resolver at the same moment, which is no sign of trouble. */
export function isParallel(question: Question, asked: Asked): boolean {
  return (
    question.state === 'waiting' &&
    question.socketCookie === asked.socketCookie &&
    question.resolver !== asked.resolver &&
    asked.atUs - question.sentUs < parallelUs
  );
}

/** Of several lookups of one name, the one on the same socket: threads look up the same at the same time. */
function otherFamilyIn(lookups: readonly Lookup[], asked: Asked): Lookup | undefined {
  const lacking = lookups.filter((lookup) => isOtherFamily(lookup, asked));
  const isOnSocket = ({ questions }: Lookup): boolean =>
    questions.some(({ name, socketCookie }) => name === asked.name && socketCookie === asked.socketCookie);
  return lacking.find(isOnSocket) ?? lacking[0];
}

/** A, AAAA and HTTPS of a name belong together, on one socket or several. */
function isOtherFamily({ questions }: Lookup, { name, type }: Asked): boolean {
  const ofName = questions.filter((question) => question.name === name);
  return (
    questions.length < maxQuestions &&
    isAddressType(type) &&
    ofName.every((question) => isAddressType(question.type) && question.type !== type)
  );
}

/** The name with another suffix of the search path, soon after it was not found with one. */
function isNextStep(lookup: Lookup, asked: Asked): boolean {
  const { questions, name, hasBase, toldUs, waiting } = lookup;
  if (waiting > 0 || questions.length >= maxQuestions || asked.atUs - toldUs > stepUs) return false;
  const sameKind = questions.some(
    ({ type }) => type === asked.type || (isAddressType(type) && isAddressType(asked.type)),
  );
  if (!sameKind || lookup.resolver.isLoopback !== asked.resolver.isLoopback) return false;
  if (questions.some((question) => question.name === asked.name)) return false;
  if (hasBase) return asked.name === name || asked.name.startsWith(`${name}.`);
  return sharedBase(name, asked.name, asked.client.suffixes) !== undefined;
}
