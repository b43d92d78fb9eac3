import type { Capture, CaptureRequest } from '../../stream/events/capture.ts';
import type { AgentClock } from '../clock.ts';
import { encodeCaptureFile } from './capture-file.ts';
import type { CaptureDirectory } from './capture-directory.ts';
import type { FollowHub } from './follow-hub.ts';
import type { FrozenFlow } from './frozen-flow.ts';
import type { RecordedPacket } from './recorded-packet.ts';
import { summarizePackets } from './summary.ts';
import { measureWallOffsetNs } from './wall-offset.ts';

export interface CaptureRunOptions {
  readonly request: CaptureRequest;
  readonly flow: FrozenFlow;
  /** Splits before from after: the candidate's moment, or the request's. */
  readonly markerKtimeNs: bigint;
  /** From when on the recorder held everything. */
  readonly completeSinceKtimeNs: bigint;
  readonly maxBytes: number;
  readonly snaplen: number;
  readonly hub: FollowHub;
  readonly directory: CaptureDirectory;
  readonly clock: AgentClock;
  readonly stopping: AbortSignal;
  readonly onPhase: (capture: Capture) => void;
}

type FollowEnd = 'time' | 'bytes' | 'stopped';

const nsPerMs = 1_000_000n;
/** How often the rings are read while following: they hold several times as long. */
const readIntervalMs = 500;

/** freeze → follow → file. Rejects when something fails on the way. */
export async function runCapture(options: CaptureRunOptions): Promise<Capture> {
  const { flow } = options;
  const wallOffsetNs = measureWallOffsetNs(options.clock);
  const cutBefore = cutToBefore(options);
  const secondsHeld = heldSeconds(options);
  const frozen = {
    ...describe(options, flow.log.packets(), wallOffsetNs),
    seconds_held: secondsHeld,
    truncated: cutBefore,
  };
  options.onPhase(frozen);
  options.onPhase({ ...frozen, phase: 'following' });
  const ended = await follow(options);
  flow.extend();
  return finish(options, { secondsHeld, truncated: cutBefore || ended !== 'time' });
}

/** Leaves what the request wants of the past, at most half of its bytes; true: some of that did not fit. */
function cutToBefore({ request, flow, markerKtimeNs, maxBytes }: CaptureRunOptions): boolean {
  flow.log.dropBefore(markerKtimeNs - BigInt(Math.round(request.before_ms)) * nsPerMs);
  return flow.log.keepNewest(Math.floor(maxBytes / 2));
}

function heldSeconds({ request, flow, markerKtimeNs, completeSinceKtimeNs }: CaptureRunOptions): number {
  const { floorKtimeNs } = flow.log;
  const since = floorKtimeNs > completeSinceKtimeNs ? floorKtimeNs : completeSinceKtimeNs;
  const seconds = Number(markerKtimeNs - since) / 1e9;
  return Math.max(0, Math.min(seconds, request.before_ms / 1000));
}

/** Follows live and reads the rings beside it (they fill what a full ring buffer lost) until time or bytes run out. */
async function follow(options: CaptureRunOptions): Promise<FollowEnd> {
  const { request, flow, clock, stopping, maxBytes } = options;
  const untilKtimeNs = clock.monotonicNs() + BigInt(Math.round(request.during_ms)) * nsPerMs;
  const followed = options.hub.join({
    selector: request.selector,
    untilKtimeNs,
    snaplen: options.snaplen,
    onSlot: (slot) => {
      if (flow.log.fileBytes < maxBytes) flow.offer(slot);
    },
  });
  try {
    for (;;) {
      flow.extend();
      const leftMs = Number(untilKtimeNs - clock.monotonicNs()) / 1e6;
      if (flow.log.fileBytes >= maxBytes) return 'bytes';
      if (stopping.aborted) return 'stopped';
      if (leftMs <= 0) return 'time';
      await pause(clock, Math.min(readIntervalMs, leftMs), stopping);
    }
  } finally {
    followed.leave();
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

async function finish(
  options: CaptureRunOptions,
  { secondsHeld, truncated }: { readonly secondsHeld: number; readonly truncated: boolean },
): Promise<Capture> {
  const { request, flow, markerKtimeNs, maxBytes } = options;
  // Measured anew: the wall clock may have been set while following.
  const wallOffsetNs = measureWallOffsetNs(options.clock);
  const all = flow.log.packets();
  const { likely_cause: likelyCause } = summarizePackets(all, request.selector.role);
  const { contents, packets } = encodeCaptureFile({
    request,
    packets: all,
    wallOffsetNs,
    markerKtimeNs,
    secondsHeld,
    likelyCause,
    maxBytes,
  });
  const stored = await options.directory.store(fileName(request), contents, packets.length);
  return {
    ...describe(options, packets, wallOffsetNs),
    phase: 'complete',
    file: stored.path,
    bytes: stored.bytes,
    sha256: stored.sha256,
    seconds_held: secondsHeld,
    truncated: truncated || packets.length < all.length,
    summary: summarizePackets(packets, request.selector.role),
  };
}

/** What can be said of a capture from its request alone. */
export function describeRequest(request: CaptureRequest): Capture {
  return {
    id: request.id,
    alert: request.alert,
    phase: 'frozen',
    reason: null,
    node: request.node,
    selector: request.selector,
    file: null,
    bytes: 0,
    sha256: null,
    packets_before: 0,
    packets_after: 0,
    seconds_held: 0,
    first_packet_ms: null,
    last_packet_ms: null,
    truncated: false,
    summary: null,
  };
}

function describe(
  { request, markerKtimeNs }: CaptureRunOptions,
  packets: readonly RecordedPacket[],
  wallOffsetNs: bigint,
): Capture {
  const wallMs = (packet: RecordedPacket | undefined): number | null =>
    packet === undefined ? null : Number(packet.ktimeNs + wallOffsetNs) / 1e6;
  const before = packets.filter(({ ktimeNs }) => ktimeNs < markerKtimeNs).length;
  return {
    ...describeRequest(request),
    packets_before: before,
    packets_after: packets.length - before,
    first_packet_ms: wallMs(packets[0]),
    last_packet_ms: wallMs(packets.at(-1)),
  };
}

/** Readable, sorts by time, and nothing of a request can leave the folder. */
function fileName({ id, requested_at_ms: requestedAtMs }: CaptureRequest): string {
  const time = new Date(requestedAtMs).toISOString().replaceAll(/[-:]/g, '').replace(/\..*$/, 'Z');
  return `${time}-${id.replaceAll(/[^a-zA-Z0-9_-]/g, '-').slice(0, 100)}`;
}
