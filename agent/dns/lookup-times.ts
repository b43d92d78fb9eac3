import { isAddressType, isFailure, outcomeOf, type Lookup } from './lookup.ts';

/** How long, in µs, clients take for what they do; all by the kernel's clock, so a busy agent changes nothing. */

/** Resolvers of operating systems wait 5 s for an answer (resolv.conf(5), `timeout`); what they do then comes by then. */
export const unansweredUs = 5_250_000;
/** Nothing that works takes longer. */
export const overdueUs = 1_000_000;
/** A socket closed sooner than this after its query was not given up for want of an answer. */
export const patienceUs = 250_000;
/** Within it, the same question to another resolver was sent to all of them at once, as musl does. */
export const parallelUs = 50_000;

/** The other address family may follow. */
const pairUs = 50_000;
/** Another attempt or the next resolver may follow. */
const retryUs = 100_000;
/** The next step of the search path may follow. */
export const stepUs = 500_000;
/** A connection over TCP may follow: a round trip, and a SYN sent again on the way. */
const tcpUs = 1_500_000;

/** When a lookup of which nothing is outstanding is over, unless its client goes on. */
export function dueUs(lookup: Lookup): number {
  return lookup.toldUs + lingerUs(lookup);
}

function lingerUs({ questions }: Lookup): number {
  if (questions.some(({ state }) => state === 'truncated')) return tcpUs;
  const outcome = outcomeOf(questions);
  if (isFailure(outcome) || outcome === 'cancelled') return retryUs;
  if (!questions.some(({ state }) => state === 'answered')) return stepUs;
  const types = new Set(questions.map(({ type }) => type).filter(isAddressType));
  return types.size === 1 ? pairUs : 0;
}
