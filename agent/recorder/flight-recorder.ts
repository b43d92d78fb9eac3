import { type Capture, type CaptureRequest, captureWithoutPackets } from '../../stream/events/capture.ts';
import type { AgentClock } from '../clock.ts';
import type { AgentLogger } from '../logger.ts';
import { createCaptureAdmission } from './capture-admission.ts';
import { createCaptureDirectory, type CaptureDirectory } from './capture-directory.ts';
import { captureName } from './capture-name.ts';
import { runCapture } from './capture-run.ts';
import { createFollowHub, type FollowHub } from './follow-hub.ts';
import { createFreezeStore, type FreezeCounters, type FreezeStore } from './freeze-store.ts';
import { createFrozenFlow, type FrozenFlow } from './frozen-flow.ts';
import type { PacketSource, ProgramCounters } from './packet-source.ts';
import type { FlightRecorder } from './port.ts';
import { describeRecovered } from './recovered-capture.ts';
import type { RecorderLimits } from './recorder-limits.ts';

export interface FlightRecorderOptions {
  /** Opens the programs; called by `start`. */
  readonly openSource: () => PacketSource;
  /** Where finished captures go. */
  readonly directory: string;
  readonly limits: RecorderLimits;
  readonly clock: AgentClock;
  readonly logger: AgentLogger;
}

export interface RecorderStatus {
  readonly secondsHeld: number;
  readonly programs: ProgramCounters;
  /** Slots that scans came too late for. */
  readonly lost: { readonly packets: number; readonly stories: number };
  readonly freezes: Readonly<FreezeCounters>;
  /** Memory that the packets of running captures take. */
  readonly heldBytes: number;
  readonly captures: Readonly<CaptureCounters>;
  readonly disk: ReturnType<CaptureDirectory['counters']>;
}

export interface CaptureCounters {
  running: number;
  waiting: number;
  complete: number;
  failed: number;
  refused: number;
}

export interface StartableFlightRecorder extends FlightRecorder {
  /** Loads and attaches the programs and prepares the folder; rejects with what is missing. */
  start(): Promise<void>;
  /** Ends running captures early (their files are written), then detaches. Idempotent. */
  stop(): Promise<void>;
  /** For metrics; undefined while not started. */
  status(): RecorderStatus | undefined;
}

interface Running {
  readonly source: PacketSource;
  readonly freezes: FreezeStore;
  readonly hub: FollowHub;
  readonly startedKtimeNs: bigint;
  readonly stopping: AbortController;
}

/** Answers remembered by request, for requests that are delivered twice. */
const maxAnswers = 256;
/** How often the rings are read for a capture that waits: they hold several times as long. */
const waitingReadMs = 1_000;
/** A capture that could hold less is not worth its file. */
const leastBytes = 64 * 1024;

export function createFlightRecorder(options: FlightRecorderOptions): StartableFlightRecorder {
  const { clock, limits, logger } = options;
  const directory = createCaptureDirectory(options.directory, limits.maxTotalBytes);
  const admission = createCaptureAdmission(limits.maxConcurrent, limits.maxWaiting);
  const answers = new Map<string, Promise<Capture>>();
  const counters = { complete: 0, failed: 0, refused: 0 };
  /** Of captures that run. */
  const flows = new Set<FrozenFlow>();
  const heldBytes = (): number => flows.values().reduce((sum, { log }) => sum + log.heldBytes, 0);
  let running: Running | undefined;
  /** The folder is prepared, or never will be. */
  const prepared = Promise.withResolvers<void>();

  async function start(): Promise<void> {
    if (running !== undefined) return;
    try {
      await directory.prepare();
    } finally {
      prepared.resolve();
    }
    const { recovered, discarded } = directory.counters();
    if (recovered + discarded > 0)
      logger.warn({ recovered, discarded }, 'captures that the last run did not finish end where it ended');
    const source = options.openSource();
    running = {
      source,
      freezes: createFreezeStore(source, clock, limits),
      hub: createFollowHub(source, (error) =>
        logger.warn(
          { err: error },
          'the kernel takes no further filter: a capture goes on with the rings alone',
        ),
      ),
      startedKtimeNs: clock.monotonicNs(),
      stopping: new AbortController(),
    };
  }

  async function recovered(request: CaptureRequest): Promise<Capture | undefined> {
    await prepared.promise;
    try {
      const found = await directory.recovered(captureName(request));
      return found && describeRecovered(request, found.stored, found.contents);
    } catch (error) {
      logger.warn(
        { err: error, capture: request.id },
        'an unfinished capture of the last run cannot be read',
      );
      return undefined;
    }
  }

  async function stop(): Promise<void> {
    prepared.resolve();
    const ending = running;
    if (ending === undefined) return;
    ending.stopping.abort();
    admission.close('the agent stopped before its turn');
    await Promise.all(answers.values());
    running = undefined;
    await ending.source.stop();
  }

  function answer(request: CaptureRequest, onPhase: (capture: Capture) => void): Promise<Capture> {
    const known = answers.get(request.id);
    if (known !== undefined) return known;
    const fresh = decide(request, onPhase);
    const [oldest] = answers.keys();
    if (answers.size >= maxAnswers && oldest !== undefined) answers.delete(oldest);
    answers.set(request.id, fresh);
    return fresh;
  }

  async function decide(request: CaptureRequest, onPhase: (capture: Capture) => void): Promise<Capture> {
    const end = (phase: 'failed' | 'refused', reason: string): Capture => {
      logger.warn({ capture: request.id, reason }, `capture ${phase}`);
      return captureWithoutPackets(request, phase, reason);
    };
    const capture = await admitAndRun(request, onPhase, end);
    counters[capture.phase === 'complete' || capture.phase === 'refused' ? capture.phase : 'failed'] += 1;
    onPhase(capture);
    return capture;
  }

  async function admitAndRun(
    request: CaptureRequest,
    onPhase: (capture: Capture) => void,
    end: (phase: 'failed' | 'refused', reason: string) => Capture,
  ): Promise<Capture> {
    const now = running;
    if (now === undefined || now.stopping.signal.aborted)
      return end('refused', 'the flight recorder is not running');
    const admitted = admission.enter(request, clock.nowMs());
    if (admitted.state === 'refused') return end('refused', admitted.reason);
    let flow: FrozenFlow | undefined;
    let hasTurn = admitted.state === 'admitted';
    try {
      // At once, before anything is awaited: the rings go on turning.
      const frozen = freezeFor(now, request);
      flow = frozen.flow;
      flows.add(flow);
      const refusal = admitted.state === 'waiting' ? await waitForTurn(flow, admitted.turn) : undefined;
      if (refusal !== undefined) return end('refused', refusal);
      hasTurn = true;
      return await run(now, request, frozen, onPhase, end);
    } catch (error) {
      return end('failed', error instanceof Error ? error.message : String(error));
    } finally {
      if (flow !== undefined) flows.delete(flow);
      if (hasTurn) admission.leave();
      else if (admitted.state === 'waiting') void passOn(admitted.turn);
    }
  }

  /** A turn that comes to somebody who no longer waits. */
  async function passOn(turn: Promise<string | undefined>): Promise<void> {
    if ((await turn) === undefined) admission.leave();
  }

  /** Meanwhile the flow goes on being read out of the rings, while there is memory. */
  async function waitForTurn(
    flow: FrozenFlow,
    turn: Promise<string | undefined>,
  ): Promise<string | undefined> {
    let cancel: () => void;
    const readOn = (): void => {
      if (heldBytes() < limits.maxRunningBytes) flow.extend();
      cancel = clock.after(waitingReadMs, readOn);
    };
    cancel = clock.after(waitingReadMs, readOn);
    try {
      return await turn;
    } finally {
      cancel();
    }
  }

  async function run(
    now: Running,
    request: CaptureRequest,
    frozen: FrozenCapture,
    onPhase: (capture: Capture) => void,
    end: (phase: 'failed' | 'refused', reason: string) => Capture,
  ): Promise<Capture> {
    const heldByOthers = heldBytes() - frozen.flow.log.heldBytes;
    const roomBytes = limits.maxRunningBytes - heldByOthers;
    if (roomBytes < leastBytes)
      return end('refused', `memory: captures that run or wait hold ${heldByOthers} bytes`);
    const maxBytes = Math.min(request.max_bytes, limits.maxBytesPerCapture, roomBytes);
    const noRoom = await directory.makeRoom(maxBytes);
    if (noRoom !== undefined) return end('refused', noRoom);
    return runCapture({
      request,
      ...frozen,
      maxBytes,
      snaplen: limits.snaplen,
      losses: () => describeLosses(now.source),
      followLost: () => now.source.counters().follow_lost,
      isMemoryFull: () => heldBytes() >= limits.maxRunningBytes,
      hub: now.hub,
      directory,
      clock,
      stopping: now.stopping.signal,
      onPhase,
    });
  }

  function freezeFor(now: Running, request: CaptureRequest): FrozenCapture {
    const earlier = now.freezes.take(request.selector);
    const flow = earlier ?? createFrozenFlow(request.selector, now.source, clock);
    flow.extend();
    const horizon = flow.horizonKtimeNs ?? now.startedKtimeNs;
    return {
      flow,
      markerKtimeNs: earlier?.startedKtimeNs ?? requestedKtimeNs(clock, request),
      completeSinceKtimeNs: horizon > now.startedKtimeNs ? horizon : now.startedKtimeNs,
    };
  }

  return {
    start,
    stop,
    freeze: (selector) => running?.freezes.freeze(selector),
    capture: answer,
    recovered,
    secondsHeld: () => (running === undefined ? 0 : secondsHeld(running, clock)),
    status: () =>
      running && {
        secondsHeld: secondsHeld(running, clock),
        programs: running.source.counters(),
        lost: { packets: running.source.packets.lost(), stories: running.source.stories.lost() },
        freezes: running.freezes.counters(),
        heldBytes: heldBytes(),
        captures: { ...counters, running: admission.running, waiting: admission.waiting },
        disk: directory.counters(),
      },
  };
}

interface FrozenCapture {
  readonly flow: FrozenFlow;
  readonly markerKtimeNs: bigint;
  readonly completeSinceKtimeNs: bigint;
}

function secondsHeld({ source, startedKtimeNs }: Running, clock: AgentClock): number {
  const since = source.packets.horizonKtimeNs() ?? startedKtimeNs;
  return Number(clock.monotonicNs() - since) / 1e9;
}

function describeLosses(source: PacketSource): string {
  const { packets_over_quota: overQuota, follow_lost: followLost, unreadable } = source.counters();
  return (
    `not kept since the recorder started, of all flows: ${overQuota} packets over their namespace's quota, ` +
    `${followLost} while following (the rings may hold them), ${unreadable} unreadable, ` +
    `${source.packets.lost()} overwritten before they were read`
  );
}

/** A request from the future (another machine's clock) is one of now. */
function requestedKtimeNs(clock: AgentClock, request: CaptureRequest): bigint {
  const ageMs = Math.max(0, clock.nowMs() - request.requested_at_ms);
  return clock.monotonicNs() - BigInt(Math.round(ageMs)) * 1_000_000n;
}
