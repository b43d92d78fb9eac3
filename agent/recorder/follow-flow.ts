import type { CaptureRequest } from '../../stream/events/capture.ts';
import type { AgentClock } from '../clock.ts';
import { firstLookMs } from './first-look.ts';
import type { FollowHub } from './follow-hub.ts';
import type { FrozenFlow } from './frozen-flow.ts';

export interface FollowOptions {
  readonly request: CaptureRequest;
  readonly flow: FrozenFlow;
  readonly maxBytes: number;
  readonly snaplen: number;
  /** Packets that were to be followed, of any flow, and found no room. */
  readonly followLost: () => number;
  /** All captures together hold what they may. */
  readonly isMemoryFull: () => boolean;
  readonly hub: FollowHub;
  readonly clock: AgentClock;
  readonly stopping: AbortSignal;
  /** While it waited for its turn. */
  readonly isFirstLookTold: boolean;
}

const nsPerMs = 1_000_000n;
/** How often the rings are read while following: they hold several times as long. */
const readIntervalMs = 500;

/**
 * Follows live and reads the rings beside it (they fill what a full ring buffer lost) until time or bytes run out.
 * Says what is missing.
 */
export async function followFlow(options: FollowOptions, tellFirst: () => void): Promise<string[]> {
  const { request, flow, clock } = options;
  const lostBefore = { rings: flow.lost, follow: options.followLost() };
  const untilKtimeNs = clock.monotonicNs() + BigInt(Math.round(request.during_ms)) * nsPerMs;
  const hasMemory = seldom(() => !options.isMemoryFull());
  const followed = options.hub.join({
    selector: request.selector,
    untilKtimeNs,
    snaplen: options.snaplen,
    onSlot: (slot) => {
      if (flow.log.fileBytes < options.maxBytes && hasMemory()) flow.offer(slot);
    },
  });
  const limits: string[] = [];
  try {
    const ended = await readUntil(options, untilKtimeNs, tellFirst);
    if (ended !== undefined) limits.push(ended);
  } finally {
    followed.leave();
  }
  flow.extend();
  // Only what both ways lost may be missing.
  const lostInRings = flow.lost - lostBefore.rings;
  const lostLive = !followed.live || options.followLost() > lostBefore.follow;
  return lostInRings > 0 && lostLive ? [...limits, overwritten(lostInRings)] : limits;
}

/** Asks at every 128th call: packets come by the ten thousand a second, and each is small. */
function seldom(ask: () => boolean): () => boolean {
  let calls = 0;
  let answer = true;
  return () => {
    if (calls++ % 128 === 0) answer = ask();
    return answer;
  };
}

/** Reads the rings until the time is over (undefined), or says what ended it before. */
async function readUntil(
  options: FollowOptions,
  untilKtimeNs: bigint,
  tellFirst: () => void,
): Promise<string | undefined> {
  const { request, flow, clock, stopping, maxBytes } = options;
  const firstLookLeftMs = request.during_ms - Math.min(firstLookMs, request.during_ms / 2);
  let isToldFirst = options.isFirstLookTold;
  for (;;) {
    flow.extend();
    const leftMs = Number(untilKtimeNs - clock.monotonicNs()) / 1e6;
    if (!isToldFirst && leftMs <= firstLookLeftMs) {
      isToldFirst = true;
      tellFirst();
    }
    if (flow.log.fileBytes >= maxBytes) return `the limit of ${maxBytes} bytes was reached while following`;
    if (options.isMemoryFull()) return 'the memory for all captures was full while following';
    if (stopping.aborted) return 'the agent stopped while following';
    if (leftMs <= 0) return undefined;
    await pause(clock, Math.min(readIntervalMs, leftMs), stopping);
  }
}

/** Ends early when `stopping` does. */
function pause(clock: AgentClock, delayMs: number, stopping: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      cancel();
      stopping.removeEventListener('abort', end);
      resolve();
    };
    const cancel = clock.after(delayMs, end);
    stopping.addEventListener('abort', end, { once: true });
  });
}

export function overwritten(slots: number): string {
  return `${slots} slots of the rings, of any flow, were overwritten before they were read`;
}
