import { type Capture, captureWithoutPackets, type PacketSummary } from '../../stream/events/capture.ts';
import { encodeCaptureFile } from './capture-file.ts';
import { captureName } from './capture-name.ts';
import type { CaptureDirectory } from './capture-directory.ts';
import { type FollowOptions, followFlow, overwritten } from './follow-flow.ts';
import type { RecordedPacket } from './recorded-packet.ts';
import { summarizePackets } from './summary.ts';
import { measureWallOffsetNs } from './wall-offset.ts';

export interface CaptureRunOptions extends FollowOptions {
  /** Splits before from after: the candidate's moment, or the request's. */
  readonly markerKtimeNs: bigint;
  /** From when on the recorder held everything. */
  readonly completeSinceKtimeNs: bigint;
  /** One line on what the recorder could not keep since its start, of all flows; asked when the file is written. */
  readonly losses: () => string;
  readonly directory: CaptureDirectory;
  readonly onPhase: (capture: Capture) => void;
}

interface FinishOptions {
  readonly secondsHeld: number;
  /** What cut it short. */
  readonly limits: readonly string[];
  readonly notes: readonly string[];
}

const nsPerMs = 1_000_000n;

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
  const following = followFlow(options, () =>
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

function reasonOf(limits: readonly string[]): string | null {
  return limits.length === 0 ? null : limits.join('; ');
}

function heldSeconds({ request, flow, markerKtimeNs, completeSinceKtimeNs }: CaptureRunOptions): number {
  const { floorKtimeNs } = flow.log;
  const since = floorKtimeNs > completeSinceKtimeNs ? floorKtimeNs : completeSinceKtimeNs;
  const seconds = Number(markerKtimeNs - since) / 1e9;
  return Math.max(0, Math.min(seconds, request.before_ms / 1000));
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
