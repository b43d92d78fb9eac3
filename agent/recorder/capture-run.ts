import {
  type Capture,
  type CaptureRequest,
  captureWithoutPackets,
  type PacketSummary,
} from '../../stream/events/capture.ts';
import type { AgentClock } from '../clock.ts';
import { encodeCaptureFile } from './capture-file.ts';
import { captureName } from './capture-name.ts';
import type { CaptureDirectory } from './capture-directory.ts';
import { firstLookMs } from './first-look.ts';
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
  /** One line on what the recorder could not keep since its start, of all flows; asked when the file is written. */
  readonly losses: () => string;
  /** Packets that were to be followed, of any flow, and found no room. */
  readonly followLost: () => number;
  /** All captures together hold what they may. */
  readonly isMemoryFull: () => boolean;
  readonly hub: FollowHub;
  readonly directory: CaptureDirectory;
  readonly clock: AgentClock;
  readonly stopping: AbortSignal;
  readonly onPhase: (capture: Capture) => void;
  /** While it waited for its turn. */
  readonly isFirstLookTold: boolean;
}

interface FinishOptions {
  readonly secondsHeld: number;
  /** What cut it short. */
  readonly limits: readonly string[];
  readonly notes: readonly string[];
}

const nsPerMs = 1_000_000n;
/** How often the rings are read while following: they hold several times as long. */
const readIntervalMs = 500;

/** freeze → follow → file. Rejects when something fails on the way. */
export async function runCapture(options: CaptureRunOptions): Promise<Capture> {
  try {
    return await freezeAndFollow(options);
  } finally {
    await options.directory.dropPart(captureName(options.request));
  }
}

async function freezeAndFollow(options: CaptureRunOptions): Promise<Capture> {
  const { flow } = options;
  const wallOffsetNs = measureWallOffsetNs(options.clock);
  const limits = cutToBefore(options);
  if (flow.lost > 0) limits.push(overwritten(flow.lost));
  const secondsHeld = heldSeconds(options);
  const frozen = {
    ...describe(options, flow.log.packets(), wallOffsetNs),
    seconds_held: secondsHeld,
    truncated: limits.length > 0,
    reason: reasonOf(limits),
  };
  options.onPhase(frozen);
  const following = follow(options, () =>
    options.onPhase({ ...frozen, phase: 'following', summary: summarize(options) }),
  );
  // Behind the filter: what passes while this is written is followed already.
  const keeping = keepFrozen(options, { secondsHeld, wallOffsetNs });
  limits.push(...(await following));
  const notes = await keeping;
  return finish(options, { secondsHeld, limits, notes });
}

/** So that a crash while following leaves what led to the alert. Says what went wrong: the capture goes on. */
async function keepFrozen(
  { request, flow, markerKtimeNs, maxBytes, directory }: CaptureRunOptions,
  { secondsHeld, wallOffsetNs }: { readonly secondsHeld: number; readonly wallOffsetNs: bigint },
): Promise<string[]> {
  const { contents } = encodeCaptureFile({
    request,
    packets: flow.log.packets(),
    packetBytes: flow.log.fileBytes,
    wallOffsetNs,
    markerKtimeNs,
    secondsHeld,
    likelyCause: 'unknown: the capture was not finished',
    notes: ['truncated: the agent ended while following'],
    maxBytes,
  });
  try {
    await directory.keepPart(captureName(request), contents);
    return [];
  } catch (error) {
    return [`not kept while following: ${error instanceof Error ? error.message : String(error)}`];
  }
}

/** Leaves what the request wants of the past, at most half of its bytes; says what of that did not fit. */
function cutToBefore({ request, flow, markerKtimeNs, maxBytes }: CaptureRunOptions): string[] {
  const wantedSince = markerKtimeNs - BigInt(Math.round(request.before_ms)) * nsPerMs;
  const limits: string[] = [];
  if (flow.log.floorKtimeNs > wantedSince)
    limits.push('the oldest packets did not fit what a freeze may hold');
  flow.log.dropBefore(wantedSince);
  const half = Math.floor(maxBytes / 2);
  if (flow.log.keepNewest(half)) limits.push(`the oldest packets did not fit ${half} bytes`);
  return limits;
}

function overwritten(slots: number): string {
  return `${slots} slots of the rings, of any flow, were overwritten before they were read`;
}

function reasonOf(limits: readonly string[]): string | null {
  return limits.length === 0 ? null : limits.join('; ');
}

function heldSeconds({ request, flow, markerKtimeNs, completeSinceKtimeNs }: CaptureRunOptions): number {
  const { floorKtimeNs } = flow.log;
  const since = floorKtimeNs > completeSinceKtimeNs ? floorKtimeNs : completeSinceKtimeNs;
  const seconds = Number(markerKtimeNs - since) / 1e9;
  return Math.max(0, Math.min(seconds, request.before_ms / 1000));
}

/**
 * Follows live and reads the rings beside it (they fill what a full ring buffer lost) until time or bytes run out.
 * Says what is missing.
 */
async function follow(options: CaptureRunOptions, tellFirst: () => void): Promise<string[]> {
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
  options: CaptureRunOptions,
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

async function finish(
  options: CaptureRunOptions,
  { secondsHeld, limits, notes }: FinishOptions,
): Promise<Capture> {
  const { request, flow, markerKtimeNs, maxBytes } = options;
  // Measured anew: the wall clock may have been set while following.
  const wallOffsetNs = measureWallOffsetNs(options.clock);
  const summary = summarize(options);
  const { contents, packets } = encodeCaptureFile({
    request,
    packets: flow.log.packets(),
    packetBytes: flow.log.fileBytes,
    wallOffsetNs,
    markerKtimeNs,
    secondsHeld,
    likelyCause: summary.likely_cause,
    notes: [...limits.map((limit) => `truncated: ${limit}`), ...notes, options.losses()],
    maxBytes,
  });
  const isCut = packets < flow.log.count;
  const cut = isCut ? [`the newest packets did not fit ${maxBytes} bytes`] : [];
  const stored = await options.directory.store(captureName(request), contents, packets);
  const fitted = firstOf(flow.log.packets(), packets);
  return {
    ...describe(options, fitted, wallOffsetNs),
    phase: 'complete',
    file: stored.path,
    bytes: stored.bytes,
    sha256: stored.sha256,
    seconds_held: secondsHeld,
    truncated: limits.length + cut.length > 0,
    reason: reasonOf([...limits, ...cut]),
    summary: isCut ? summarizePackets(fitted, request.selector.role) : summary,
  };
}

const summarize = ({ flow, request }: CaptureRunOptions): PacketSummary =>
  summarizePackets(flow.log.packets(), request.selector.role);

function firstOf<T>(items: Iterable<T>, count: number): Iterable<T> {
  return { [Symbol.iterator]: () => Iterator.from(items).take(count) };
}

function describe(
  { request, markerKtimeNs }: CaptureRunOptions,
  packets: Iterable<RecordedPacket>,
  wallOffsetNs: bigint,
): Capture {
  const wallMs = (ktimeNs: bigint | undefined): number | null =>
    ktimeNs === undefined ? null : Number(ktimeNs + wallOffsetNs) / 1e6;
  let [before, after] = [0, 0];
  let first: bigint | undefined;
  let last: bigint | undefined;
  for (const { ktimeNs } of packets) {
    first ??= ktimeNs;
    last = ktimeNs;
    if (ktimeNs < markerKtimeNs) before += 1;
    else after += 1;
  }
  return {
    ...captureWithoutPackets(request, 'frozen', null),
    packets_before: before,
    packets_after: after,
    first_packet_ms: wallMs(first),
    last_packet_ms: wallMs(last),
  };
}
