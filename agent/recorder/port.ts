import type { Capture, CaptureRequest, CaptureSelector } from '../../stream/events/capture.ts';

/** The flight recorder as the agent and `respond` see it. */
export interface FlightRecorder {
  /**
   * Copies what matches out of the rings, now, and keeps it for a while: called at candidate time, before anyone has
   * asked, because by the time of a request the rings may have wrapped. Bounded in number and bytes; dropped when no
   * request follows. Cheap to repeat for the same selector (the earliest freeze is kept and extended).
   */
  freeze(selector: CaptureSelector): void;
  /** Refuses or starts; reports each phase. Resolves at `complete`, `failed` or `refused`; never rejects. */
  capture(request: CaptureRequest, onPhase: (capture: Capture) => void): Promise<Capture>;
  /**
   * What the run before this one left of a capture that it did not finish; undefined: nothing. Waits until the recorder
   * has started, and is answered at the latest when it stops.
   */
  recovered?(request: CaptureRequest): Promise<Capture | undefined>;
  /** Seconds of history in the large ring at this moment. */
  secondsHeld(): number;
}
