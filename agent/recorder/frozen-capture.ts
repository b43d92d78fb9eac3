import type { CaptureRequest } from '../../stream/events/capture.ts';
import type { AgentClock } from '../clock.ts';
import { createFrozenFlow, type FrozenFlow } from './frozen-flow.ts';
import type { RunningRecorder } from './running-recorder.ts';

/** The past of a request's flow, out of the rings. */
export interface FrozenCapture {
  readonly flow: FrozenFlow;
  /** Splits before from after. */
  readonly markerKtimeNs: bigint;
  /** From when on the rings held everything. */
  readonly completeSinceKtimeNs: bigint;
}

/** What was frozen when the flow became a candidate, or else what the rings hold of it now. */
export function freezeFor(
  { source, freezes, startedKtimeNs }: RunningRecorder,
  request: CaptureRequest,
  clock: AgentClock,
): FrozenCapture {
  const earlier = freezes.take(request.selector);
  const flow = earlier ?? createFrozenFlow(request.selector, source, clock);
  flow.extend();
  const horizon = flow.horizonKtimeNs ?? startedKtimeNs;
  return {
    flow,
    markerKtimeNs: earlier?.startedKtimeNs ?? requestedKtimeNs(clock, request),
    completeSinceKtimeNs: horizon > startedKtimeNs ? horizon : startedKtimeNs,
  };
}

/** A request from the future (another machine's clock) is one of now. */
function requestedKtimeNs(clock: AgentClock, request: CaptureRequest): bigint {
  const ageMs = Math.max(0, clock.nowMs() - request.requested_at_ms);
  return clock.monotonicNs() - BigInt(Math.round(ageMs)) * 1_000_000n;
}
