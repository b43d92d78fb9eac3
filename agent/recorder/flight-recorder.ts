import type { Capture, CaptureRequest } from '../../stream/events/capture.ts';
import type { AgentClock } from '../clock.ts';
import type { AgentLogger } from '../logger.ts';
import { type CaptureCounters, createCaptureDesk } from './capture-desk.ts';
import { createCaptureDirectory, type CaptureDirectory } from './capture-directory.ts';
import { captureName } from './capture-name.ts';
import { createFollowHub } from './follow-hub.ts';
import { createFreezeStore, type FreezeCounters } from './freeze-store.ts';
import type { PacketSource, ProgramCounters } from './packet-source.ts';
import type { FlightRecorder } from './port.ts';
import { describeRecovered } from './recovered-capture.ts';
import type { RecorderLimits } from './recorder-limits.ts';
import { type RunningRecorder, secondsHeld } from './running-recorder.ts';

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

export interface StartableFlightRecorder extends FlightRecorder {
  /** Loads and attaches the programs and prepares the folder; rejects with what is missing. */
  start(): Promise<void>;
  /** Ends running captures early (their files are written), then detaches. Idempotent. */
  stop(): Promise<void>;
  /** For metrics; undefined while not started. */
  status(): RecorderStatus | undefined;
}

export function createFlightRecorder(options: FlightRecorderOptions): StartableFlightRecorder {
  const { clock, limits, logger } = options;
  const directory = createCaptureDirectory(options.directory, limits.maxTotalBytes);
  let running: RunningRecorder | undefined;
  const desk = createCaptureDesk({ directory, clock, limits, logger, recorder: () => running });
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
    await desk.close('the agent stopped before its turn');
    running = undefined;
    await ending.source.stop();
  }

  return {
    start,
    stop,
    freeze: (selector) => running?.freezes.freeze(selector),
    capture: (request, onPhase) => desk.answer(request, onPhase),
    recovered,
    secondsHeld: () => (running === undefined ? 0 : secondsHeld(running, clock)),
    status: () =>
      running && {
        secondsHeld: secondsHeld(running, clock),
        programs: running.source.counters(),
        lost: { packets: running.source.packets.lost(), stories: running.source.stories.lost() },
        freezes: running.freezes.counters(),
        heldBytes: desk.heldBytes(),
        captures: desk.counters(),
        disk: directory.counters(),
      },
  };
}
