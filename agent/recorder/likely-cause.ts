import { weighWays } from './lost-way.ts';
import type { FlowCounts } from './flow-counts.ts';
import { longSilenceNs } from './peer-silence.ts';

/** Sums over all connections of a capture, in the words of the sentences below. */
interface Totals {
  readonly flows: number;
  readonly resentOut: number;
  readonly resentIn: number;
  readonly resentKnown: number;
  readonly resentMissing: number;
  readonly duplicateAcksIn: number;
  readonly duplicateSacks: number;
  readonly resetsIn: number;
  readonly resetsOut: number;
  readonly synsOut: number;
  readonly synsIn: number;
  readonly synAcksIn: number;
  readonly synAcksOut: number;
  readonly synsResent: number;
  readonly handshakes: number;
  readonly refused: number;
  readonly zeroWindowsIn: number;
  readonly zeroWindowsOut: number;
  readonly dataSegments: number;
}

/** undefined: the evidence is not that of this cause. */
type Judge = (totals: Totals, flows: readonly FlowCounts[]) => string | undefined;

/** From the most specific to the most general: the first that recognizes its evidence speaks. */
const judges: readonly Judge[] = [
  portClosed,
  nobodyAnswers,
  answerLost,
  windowClosed,
  mtuBlackHole,
  peerSilent,
  loss,
  reset,
];

/** One sentence that cites its counters, or starts with "unknown". */
export function likelyCause(flows: readonly FlowCounts[]): string {
  const totals = total(flows);
  for (const judge of judges) {
    const sentence = judge(totals, flows);
    if (sentence !== undefined) return sentence;
  }
  const { dataSegments, resentOut, resentIn, resetsIn, resetsOut } = totals;
  return `unknown: ${count(flows.length, 'connection')} with ${count(dataSegments, 'data segment')}, ${resentOut + resentIn} sent again, ${count(resetsIn + resetsOut, 'reset')}`;
}

function portClosed(t: Totals): string | undefined {
  if (t.refused === 0 || t.refused < t.handshakes) return undefined;
  const side = t.synsOut > 0 ? 'the peer' : 'this side';
  return `port closed: ${side} answered ${count(t.refused, 'connection attempt')} with a reset, ${count(t.handshakes, 'handshake')} completed`;
}

function nobodyAnswers(t: Totals): string | undefined {
  if (t.synsOut === 0 || t.synAcksIn > 0 || t.synsResent === 0 || t.resetsIn > 0) return undefined;
  return `no answer to connection attempts: ${count(t.synsOut, 'SYN')} sent, ${t.synsResent} of them again, and not one SYN-ACK came back`;
}

/** The server's view of a handshake that does not end. */
function answerLost(t: Totals): string | undefined {
  if (t.synAcksOut === 0 || t.synsResent === 0 || t.handshakes > 0 || t.dataSegments > 0) return undefined;
  return `handshakes do not complete: ${count(t.synsIn, 'SYN')} came, ${count(t.synAcksOut, 'SYN-ACK')} sent (${t.synsResent} of both again), and no acknowledgement came back`;
}

/** Below it, no path drops a packet for its size (RFC 8200 5). */
const smallestFullSegment = 1000;
const leastResentForCause = 3;

/**
 * Only full-size segments are stuck: sent again and again, never acknowledged, while the peer's answers show that
 * others arrive. Loss strikes any size, and a silent peer answers nothing.
 */
function mtuBlackHole(t: Totals, flows: readonly FlowCounts[]): string | undefined {
  const largest = flows.reduce((most, flow) => Math.max(most, flow.largestSegment), 0);
  const stuck = flows.flatMap((flow) => ((flow.stuck?.resent ?? 0) >= 2 ? (flow.stuck ?? []) : []));
  const full = stuck.filter(({ size }) => size >= Math.max(smallestFullSegment, largest * 0.9));
  const resent = full.reduce((n, one) => n + one.resent, 0);
  const passed = full.reduce((n, one) => n + one.passed, 0);
  if (resent < leastResentForCause || resent < t.resentOut / 2 || full.length < stuck.length * 0.8)
    return undefined;
  if (full.filter((one) => one.passed > 0).length < full.length / 2) return undefined;
  return `MTU black hole: on ${count(full.length, 'connection')} the segment of about ${largest} bytes that is due was sent again (${count(resent, 'time')} in all) and never acknowledged, while ${count(passed, 'answer')} showed that smaller ones arrive`;
}

/** Of what was sent again, nearly all was sent to someone from whom nothing more was heard. */
function peerSilent(t: Totals, flows: readonly FlowCounts[]): string | undefined {
  const silent = flows.filter((flow) => flow.resentInSilence >= 2 && flow.silenceNs >= longSilenceNs);
  const resent = silent.reduce((n, flow) => n + flow.resentInSilence, 0);
  if (resent < leastResentForCause || resent < t.resentOut * 0.8) return undefined;
  // It was heard to send again what we have: it is there, and does not hear us.
  if (flows.some(({ knownWhileWaiting }) => knownWhileWaiting > 0)) return undefined;
  const longestNs = silent.reduce((n, flow) => (flow.silenceNs > n ? flow.silenceNs : n), 0n);
  return `peer silent: ${count(resent, 'segment')} of ${count(silent.length, 'connection')} sent again over ${(Number(longestNs) / 1e9).toFixed(1)} s, and not one packet came back`;
}

/** At the end of the capture, or more often than anything was sent again, the peer's window was closed. */
const isShut = (t: Totals, flows: readonly FlowCounts[]): boolean =>
  flows.some((flow) => flow.isShut) || t.zeroWindowsIn > t.resentOut;

/** The peer takes nothing, and that is what the sentence says. */
export function isPeerShut(flows: readonly FlowCounts[]): boolean {
  return isShut(total(flows), flows);
}

function windowClosed(t: Totals, flows: readonly FlowCounts[]): string | undefined {
  if (isShut(t, flows)) {
    const shut = flows.filter((flow) => flow.isShut).length;
    const still =
      shut === 0 ? 'and opened it again' : `and ${count(shut, 'connection')} waited for it to the end`;
    return `receive window closed: the peer announced a zero window ${count(t.zeroWindowsIn, 'time')} ${still} (${count(t.resentOut, 'segment')} sent again): its application does not read`;
  }
  if (t.zeroWindowsOut > t.resentIn)
    return `receive window closed: this side announced a zero window ${count(t.zeroWindowsOut, 'time')}: its application does not read`;
  return undefined;
}

const lossWords = {
  to_peer: 'loss on the way to the peer',
  from_peer: 'loss on the way back from the peer',
  both: 'loss in both directions',
} as const;

/**
 * Towards the peer got lost: data that we sent again and the peer did not have, and acknowledgements whose loss made
 * the peer send again what we had. On the way back: the same, mirrored.
 */
function loss(t: Totals): string | undefined {
  const spurious = Math.min(t.duplicateSacks, t.resentOut);
  const towards = t.resentOut - spurious + t.resentKnown;
  // A late answer looks like a lost one; beside real loss on the way out it is no evidence of its own.
  const back = t.resentMissing + (t.resentMissing > 0 || spurious > towards ? spurious : 0);
  const way = weighWays(towards, back);
  if (way === undefined) return undefined;
  const evidence = `${count(t.resentOut, 'segment')} sent again to the peer (${count(spurious, 'time')} it had the data already, ${count(t.duplicateAcksIn, 'duplicate ACK')} from it), ${t.resentIn} sent again by it (${t.resentMissing} missing here)`;
  return `${lossWords[way]}: ${evidence}`;
}

function reset(t: Totals): string | undefined {
  if (t.resetsIn + t.resetsOut === 0) return undefined;
  return `connections were reset: ${t.resetsIn} by the peer, ${t.resetsOut} by this side, nothing was sent again`;
}

function total(flows: readonly FlowCounts[]): Totals {
  const sum = (value: (flow: FlowCounts) => number): number => flows.reduce((n, flow) => n + value(flow), 0);
  return {
    flows: flows.length,
    resentOut: sum((f) => f.resent.out),
    resentIn: sum((f) => f.resent.in),
    resentKnown: sum((f) => f.resentKnown),
    resentMissing: sum((f) => f.resentMissing),
    duplicateAcksIn: sum((f) => f.duplicateAcks.in),
    duplicateSacks: sum((f) => f.duplicateSacks),
    resetsIn: sum((f) => f.resets.in),
    resetsOut: sum((f) => f.resets.out),
    synsOut: sum((f) => f.syns.out),
    synsIn: sum((f) => f.syns.in),
    synAcksIn: sum((f) => f.synAcks.in),
    synAcksOut: sum((f) => f.synAcks.out),
    synsResent: sum((f) => f.synsResent),
    handshakes: sum((f) => f.handshakes),
    refused: sum((f) => f.refused),
    zeroWindowsIn: sum((f) => f.zeroWindows.in),
    zeroWindowsOut: sum((f) => f.zeroWindows.out),
    dataSegments: sum((f) => f.dataSegments.in + f.dataSegments.out),
  };
}

function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? '' : 's'}`;
}
