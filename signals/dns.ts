import { defineSignal } from './define-signal.ts';

const lookups = (description: string) => ({ unit: 'lookups', merge: 'sum', description }) as const;

/**
 * Lookups by who asked, whom, and what came of it. A lookup is what a client wanted to know: the steps of a search
 * path, A and AAAA, repeated queries and the turn to TCP or to the next resolver are parts of one lookup. It is told
 * when it is over, at the resolver that was asked last.
 */
export const dns = defineSignal({
  id: 'dns',
  description: 'DNS lookups by client, resolver and outcome; multicast DNS is left out.',
  fields: {
    lookups: lookups('Lookups that are over: the sum of the eight outcomes that follow.'),
    noerror: lookups('Answered, also with an empty answer (no address of the family asked for).'),
    nxdomain: lookups('The name does not exist, under no suffix of the search path either.'),
    servfail: lookups('SERVFAIL: the resolver could not find out.'),
    refused: lookups('REFUSED: the resolver does not want to.'),
    other_errors: lookups('Another error code.'),
    unreachable: lookups(
      'The network or the resolver’s machine said that nobody listens there (ICMP, reset).',
    ),
    unanswered: lookups('No answer until the client gave up, or for 5 s without another attempt.'),
    cancelled: lookups('The client closed its socket soon after it asked: it no longer wanted to know.'),
    failures: lookups(
      'Of the lookups: SERVFAIL, REFUSED, another error, unreachable or unanswered; without those of `relayed`.',
    ),
    relayed: lookups(
      'Failures passed on by a resolver on this machine whose own lookups failed: they are told there.',
    ),
    never_resolved: lookups(
      'Of the nxdomain, for an address of a name that this client has not resolved since it is watched.',
    ),
    retried: lookups('Lookups of which a query was sent again, to the same resolver or to the next.'),
    truncated: lookups('Lookups of which an answer did not fit and was cut (TC).'),
    tcp_fallback: lookups('Lookups that went on over TCP after UDP.'),
    queries: {
      unit: 'requests',
      merge: 'sum',
      description: 'Queries sent: every step, type, and repetition.',
    },
    failed_queries: {
      unit: 'requests',
      merge: 'sum',
      description:
        'Queries that failed, whatever came of their lookup: an error, unreachable, or unanswered when the client tried again or gave up.',
    },
    overdue: {
      unit: 'lookups',
      merge: 'max',
      description: 'Lookups that have waited for an answer for more than a second, at this moment.',
    },
  },
  sketches: {
    latency_us: {
      of: 'lookups',
      unit: 'us',
      description:
        'Time from the first query of an answered lookup to its last answer, steps and repetitions included.',
    },
  },
  measures: {
    failure_ratio: {
      phrase: 'of lookups failed',
      numerator: 'failures',
      denominator: 'lookups',
      unit: 'ratio',
      description: 'Share of the lookups that failed; that a name does not exist is no failure.',
    },
    failures: {
      phrase: 'failed',
      numerator: 'failures',
      unit: 'lookups',
      description: 'Lookups that failed.',
    },
    query_failure_ratio: {
      phrase: 'of queries failed',
      numerator: 'failed_queries',
      denominator: 'queries',
      unit: 'ratio',
      description: 'Share of the queries that failed, also where another attempt helped.',
    },
    never_resolved: {
      phrase: 'of names that were never found',
      numerator: 'never_resolved',
      unit: 'lookups',
      description: 'Lookups of names that do not exist and that this client has never resolved.',
    },
    overdue: {
      phrase: 'waiting for an answer',
      numerator: 'overdue',
      unit: 'lookups',
      description: 'Lookups that wait for an answer.',
    },
    nxdomain_ratio: {
      phrase: 'of lookups for names that do not exist',
      numerator: 'nxdomain',
      denominator: 'lookups',
      unit: 'ratio',
      description: 'Share of the lookups whose name does not exist.',
    },
    latency_p50: {
      sketch: 'latency_us',
      quantile: 0.5,
      unit: 'us',
      description: 'Half of the answered lookups took no longer.',
    },
    latency_p75: {
      sketch: 'latency_us',
      quantile: 0.75,
      unit: 'us',
      description: 'Three of four answered lookups took no longer.',
    },
    latency_p90: {
      sketch: 'latency_us',
      quantile: 0.9,
      unit: 'us',
      description: 'Nine of ten answered lookups took no longer.',
    },
  },
  priors: {
    failure_ratio: { events: 0.3, trials: 100 },
    query_failure_ratio: { events: 0.3, trials: 100 },
    nxdomain_ratio: { events: 1, trials: 10 },
  },
});
