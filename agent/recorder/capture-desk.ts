import { type Capture, type CaptureRequest, captureWithoutPackets } from '../../stream/events/capture.ts';
import type { AgentClock } from '../clock.ts';
import type { AgentLogger } from '../logger.ts';
import { createCaptureAdmission } from './capture-admission.ts';
import type { CaptureDirectory } from './capture-directory.ts';
import { runCapture } from './capture-run.ts';
import { createFirstLook, type FirstLook } from './first-look.ts';
import { type FrozenCapture, freezeFor } from './frozen-capture.ts';
import type { FrozenFlow } from './frozen-flow.ts';
import type { RecorderLimits } from './recorder-limits.ts';
import { describeLosses, type RunningRecorder } from './running-recorder.ts';

export interface CaptureDeskOptions {
  readonly directory: CaptureDirectory;
  readonly limits: RecorderLimits;
  readonly clock: AgentClock;
  readonly logger: AgentLogger;
  /** undefined: not started, or stopped. */
  readonly recorder: () => RunningRecorder | undefined;
}

export interface CaptureCounters {
  running: number;
  waiting: number;
  complete: number;
  failed: number;
  refused: number;
}

/** Takes requests for captures: freezes at once, lets so many run as there is room for, answers each. */
export interface CaptureDesk {
  /** The same request again gets the same answer. Never rejects. */
  answer(request: CaptureRequest, onPhase: (capture: Capture) => void): Promise<Capture>;
  /** Those that wait are refused for `reason`; resolves once all have their answer. */
  close(reason: string): Promise<void>;
  /** Memory that the packets of captures take which run or wait. */
  heldBytes(): number;
  counters(): Readonly<CaptureCounters>;
}

/** Answers remembered by request, for requests that are delivered twice. */
const maxAnswers = 256;
/** How often the rings are read for a capture that waits: they hold several times as long. */
const waitingReadMs = 1_000;
/** A capture that could hold less is not worth its file. */
const leastBytes = 64 * 1024;

export function createCaptureDesk(options: CaptureDeskOptions): CaptureDesk {
  const { directory, clock, limits, logger, recorder } = options;
  const admission = createCaptureAdmission(limits.maxConcurrent, limits.maxWaiting);
  const answers = new Map<string, Promise<Capture>>();
  const counters = { complete: 0, failed: 0, refused: 0 };
  /** Of captures that run or wait. */
  const flows = new Set<FrozenFlow>();
  const heldBytes = (): number => flows.values().reduce((sum, { log }) => sum + log.heldBytes, 0);

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
    const now = recorder();
    if (now === undefined || now.stopping.signal.aborted)
      return end('refused', 'the flight recorder is not running');
    const admitted = admission.enter(request, clock.nowMs());
    if (admitted.state === 'refused') return end('refused', admitted.reason);
    let flow: FrozenFlow | undefined;
    let hasTurn = admitted.state === 'admitted';
    try {
      // At once, before anything is awaited: the rings go on turning.
      const frozen = freezeFor(now, request, clock);
      flow = frozen.flow;
      flows.add(flow);
      const look = createFirstLook(request, flow, clock, onPhase);
      const refusal = admitted.state === 'waiting' ? await waitForTurn(flow, admitted.turn, look) : undefined;
      if (refusal !== undefined) return end('refused', refusal);
      hasTurn = true;
      return await run(now, request, { ...frozen, isFirstLookTold: look.isTold }, onPhase, end);
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
    look: FirstLook,
  ): Promise<string | undefined> {
    let cancel: () => void;
    const readOn = (): void => {
      if (heldBytes() < limits.maxRunningBytes) flow.extend();
      look.tellWhenDue();
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
    now: RunningRecorder,
    request: CaptureRequest,
    frozen: FrozenCapture & { readonly isFirstLookTold: boolean },
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

  return {
    answer,
    async close(reason) {
      admission.close(reason);
      await Promise.all(answers.values());
    },
    heldBytes,
    counters: () => ({ ...counters, running: admission.running, waiting: admission.waiting }),
  };
}
