import type { LostWay } from '../../stream/events/capture.ts';
import type { Transition } from '../../stream/events/transition.ts';
import { endpointName, farEnd } from '../group-key.ts';
import type { AlertView } from './alert-view.ts';

/** Which ways of a path are broken, where both of its ends have the trouble. */
export type BrokenWays =
  /** Only one end tells of it: its own way is meant. */
  | { readonly kind: 'seen-from-one-end' }
  | { readonly kind: 'both' | 'not-known'; readonly ends: Ends }
  /** What the first end sends; the other one waits for the acknowledgements that come the same way. */
  | { readonly kind: 'one'; readonly ends: Ends };

/** The alerts of either end. */
export type Ends = readonly [readonly AlertView[], readonly AlertView[]];

/** Do two alerts describe both directions of one path? */
export function isOpposite(left: Transition, right: Transition): boolean {
  if (left.peer === null || right.peer === null) return false;
  const same = (name: string, other: string) => endpointName(name) === endpointName(other);
  return same(left.subject.workload, farEnd(right.peer)) && same(right.subject.workload, farEnd(left.peer));
}

/**
 * Both ends resend also where one way is cut: what the other end sends arrives, and its acknowledgements do not come
 * back. So a way is named when something shows it: packets, or resends that were answered. Where both ends have their
 * packets and neither heard anything, both ways are cut.
 */
export function brokenWays(views: readonly AlertView[]): BrokenWays {
  const ends = endsOf(views);
  if (ends === undefined) return { kind: 'seen-from-one-end' };
  const [here, there] = ends;
  const forth = isLost(here, there);
  const back = isLost(there, here);
  if (forth !== back) return { kind: 'one', ends: forth ? ends : [there, here] };
  const bothSilent = isSilent(here) && isSilent(there);
  return { kind: forth || bothSilent ? 'both' : 'not-known', ends };
}

function endsOf(views: readonly AlertView[]): Ends | undefined {
  for (const { transition } of views) {
    const there = views.filter((other) => isOpposite(transition, other.transition));
    if (there.length === 0) continue;
    const here = views.filter((one) => there.some((other) => isOpposite(one.transition, other.transition)));
    return [here, there];
  }
  return undefined;
}

/** Is what `sender` sends known to get lost? */
function isLost(sender: readonly AlertView[], receiver: readonly AlertView[]): boolean {
  const says = (views: readonly AlertView[], ...ways: readonly LostWay[]): boolean =>
    views.some((view) => ways.some((way) => way === lostWayOf(view)));
  return says(sender, 'to_peer', 'both') || says(receiver, 'from_peer', 'both');
}

const isSilent = (end: readonly AlertView[]): boolean => end.some((view) => lostWayOf(view) === 'silent');

/** By the packets, where there are any that tell; else by what was known so far. */
function lostWayOf(view: AlertView): LostWay | undefined {
  const told = view.captures.findLast(({ summary }) => summary?.lost_way !== undefined);
  return told?.summary?.lost_way ?? view.lostWay ?? lostWayByCounters(view.transition);
}

/** An alert of loss. */
export const isOfLoss = ({ signal, measure }: Transition): boolean =>
  signal === 'tcp.retransmits' && lossMeasures.has(measure);

const lossMeasures: ReadonlySet<string> = new Set([
  'retransmit_ratio',
  'loss_episode_ratio',
  'stalled_sockets',
]);
/** A time-out and the next one (RFC 6298; Linux: 200 and 400 ms) have passed: who hears nothing is stalled. */
const settledMs = 2_000;
const leastResent = 3;

/**
 * What the counters of one end prove by themselves. A fast retransmit was asked for by acknowledgements, so what is lost
 * is data, and so it is where most of what was sent again was neither sent for nothing nor into silence. Alerts of
 * anything but loss are about what they name.
 */
export function lostWayByCounters(transition: Transition): LostWay | undefined {
  const { fields, at_ms: atMs, started_at_ms: startedAtMs } = transition;
  if (!isOfLoss(transition)) return 'to_peer';
  const {
    fast = 0,
    retransmits = 0,
    spurious_retransmits: spurious = 0,
    stalled_sockets: stalled = 0,
  } = fields;
  if (fast > 0) return 'to_peer';
  const wanted = retransmits - spurious;
  const isAnswered = stalled === 0 && atMs - startedAtMs >= settledMs;
  return isAnswered && wanted >= leastResent && wanted * 2 > retransmits ? 'to_peer' : undefined;
}
