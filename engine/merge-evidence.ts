import type {
  DestinationEvidence,
  Evidence,
  LookupEvidence,
  RequestEvidence,
} from '../stream/events/observation.ts';

/** As many of each kind as a transition may carry. */
const maxOfKind = 16;

/**
 * What is known so far and what a look adds. Sockets are those of the newest look that names any: they are a state.
 * Lookups and requests are counted up, the most frequent first; destinations stand once, in the order of contact.
 */
export function mergeEvidence(known: Evidence | null | undefined, added: Evidence): Evidence {
  if (!known) return added;
  const lookups = mergeKind(known.lookups, added.lookups, lookupIdentity, addLookups);
  const requests = mergeKind(known.requests, added.requests, requestIdentity, addRequests);
  const destinations = mergeKind(
    known.destinations,
    added.destinations,
    destinationIdentity,
    (first) => first,
  );
  const workloads = new Set([...(known.workloads ?? []), ...(added.workloads ?? [])]);
  return {
    sockets: added.sockets.length > 0 ? added.sockets : known.sockets,
    ...(lookups && { lookups: mostFrequent(lookups) }),
    ...(requests && { requests: mostFrequent(requests) }),
    ...(destinations && { destinations: destinations.slice(0, maxOfKind) }),
    ...(workloads.size > 0 && { workloads: [...workloads].slice(0, maxOfKind) }),
  };
}

function mergeKind<T>(
  known: readonly T[] | undefined,
  added: readonly T[] | undefined,
  identityOf: (item: T) => string,
  add: (a: T, b: T) => T,
): T[] | undefined {
  if (!known && !added) return undefined;
  const merged = new Map<string, T>();
  for (const item of [...(known ?? []), ...(added ?? [])]) {
    const identity = identityOf(item);
    const before = merged.get(identity);
    merged.set(identity, before === undefined ? item : add(before, item));
  }
  return [...merged.values()];
}

/** Of equally frequent ones those known for longest, so that the order does not flutter. */
function mostFrequent<T extends { readonly count: number }>(items: readonly T[]): T[] {
  return items.toSorted((a, b) => b.count - a.count).slice(0, maxOfKind);
}

function lookupIdentity({ name, type, outcome }: LookupEvidence): string {
  return JSON.stringify([name, type, outcome]);
}

function addLookups(a: LookupEvidence, b: LookupEvidence): LookupEvidence {
  const slowestUs = Math.max(a.latency_us ?? -1, b.latency_us ?? -1);
  return { ...b, count: a.count + b.count, ...(slowestUs >= 0 && { latency_us: slowestUs }) };
}

function requestIdentity({ target, outcome }: RequestEvidence): string {
  return JSON.stringify([target, outcome]);
}

/** The phases are those of the slower one: they explain each other only within one request. */
function addRequests(a: RequestEvidence, b: RequestEvidence): RequestEvidence {
  const slower = durationOf(a) > durationOf(b) ? a : b;
  return { ...b, ...slower, count: a.count + b.count };
}

function durationOf({ phases_us: phases = {} }: RequestEvidence): number {
  return phases['total'] ?? Object.values(phases).reduce((sum, us) => sum + us, 0);
}

function destinationIdentity({ name, ip, service_port: port, protocol }: DestinationEvidence): string {
  return JSON.stringify([name, ip, port, protocol]);
}
