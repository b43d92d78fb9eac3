import type { LostWay } from '../../stream/events/capture.ts';
import type { FlowCounts } from './flow-counts.ts';

/** How many times more evidence one direction must have to be named alone. */
const oneSided = 3;
/** Fewer signs than that of loss in the other direction are the machine's: late answers, packets overtaken. */
const leastForBoth = 3;
/** Unanswered resends from which on the way counts as cut: a few happen on a path that loses some packets. */
const leastForCut = 3;

/** Signs of loss by direction; undefined: there are none. */
export function weighWays(towards: number, back: number): Exclude<LostWay, 'silent'> | undefined {
  if (towards + back === 0) return undefined;
  const [more, fewer] = [Math.max(towards, back), Math.min(towards, back)];
  if (more < oneSided * fewer && (fewer >= leastForBoth || more === fewer)) return 'both';
  return towards >= back ? 'to_peer' : 'from_peer';
}

/**
 * The way on which packets got lost, as far as this end alone can tell. What is resent into silence proves nothing by
 * itself: the data may be lost or its acknowledgements, and the other end sees the same. But who hears the peer repeat
 * itself while his own data waits knows that only the way there is cut.
 */
export function lostWayOf(flows: readonly FlowCounts[]): LostWay | undefined {
  const sum = (value: (flow: FlowCounts) => number): number => flows.reduce((n, flow) => n + value(flow), 0);
  const intoSilence = sum((flow) => flow.resentUnheard);
  const heard = sum((flow) => flow.knownWhileWaiting);
  const answered = sum((flow) => flow.resent.out) - intoSilence;
  const spurious = Math.min(
    sum((flow) => flow.duplicateSacks),
    answered,
  );
  const missing = sum((flow) => flow.resentMissing);
  const towards = answered - spurious + sum((flow) => flow.resentKnown);
  // As in the sentence of the likely cause: a late answer looks like a lost one.
  const back = missing + (missing > 0 || spurious > towards ? spurious : 0);
  if (intoSilence < leastForCut || intoSilence < towards + back) return weighWays(towards, back);
  return heard > 0 ? 'to_peer' : 'silent';
}
