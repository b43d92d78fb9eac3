import { type Capture, type CaptureRequest, captureWithoutPackets } from '../../stream/events/capture.ts';
import type { AgentClock } from '../clock.ts';
import type { FrozenFlow } from './frozen-flow.ts';
import { summarizePackets } from './summary.ts';

/** When a first look is told: a time-out and its successors (RFC 6298) have shown by then which way is cut. */
export const firstLookMs = 1_900;

export interface FirstLook {
  /** Once, as phase `following`; before that, nothing. */
  tellWhenDue(): void;
  readonly isTold: boolean;
}

/**
 * Of a capture that waits for its turn: which way is cut shows in what is read of the rings meanwhile, and the alert's
 * title must not wait for the captures of others. Who asked by hand waits for the file alone.
 */
export function createFirstLook(
  request: CaptureRequest,
  { log }: Pick<FrozenFlow, 'log'>,
  clock: Pick<AgentClock, 'monotonicNs'>,
  onPhase: (capture: Capture) => void,
): FirstLook {
  const dueKtimeNs = clock.monotonicNs() + BigInt(firstLookMs) * 1_000_000n;
  let isTold = false;
  return {
    get isTold() {
      return isTold;
    },
    tellWhenDue() {
      if (isTold || request.alert === null || clock.monotonicNs() < dueKtimeNs) return;
      isTold = true;
      const summary = summarizePackets(log.packets(), request.selector.role);
      onPhase({ ...captureWithoutPackets(request, 'following', null), summary });
    },
  };
}
