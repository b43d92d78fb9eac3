import type { Lane, Step } from './lane.ts';
import { LaneScreen } from './lane-screen.ts';
import { runStep } from './run-step.ts';
import { addTallies, describeTally, noTally, type Tally } from './tally.ts';

export interface LanesOptions {
  readonly write: (text: string) => void;
  readonly environment: NodeJS.ProcessEnv;
  /** Aborted with the name of a signal: ends all steps, begins no other. */
  readonly signal: AbortSignal;
  readonly nowMs: () => number;
  readonly graceMs?: number;
}

export interface LanesResult {
  readonly tally: Tally;
  readonly failed: readonly Step[];
}

const defaultGraceMs = 10_000;

/**
 * Runs lanes side by side, the first of them in the light. A failure stops nothing: every step runs, and at the end all
 * that failed are named.
 */
export async function runLanes(lanes: readonly Lane[], options: LanesOptions): Promise<LanesResult> {
  const waiting = lanes.map(({ name }) => name);
  const screen = new LaneScreen(options.write, waiting[0] ?? '');
  const failed: Step[] = [];
  let tally = noTally;
  const runLane = async (lane: Lane): Promise<void> => {
    for (const step of lane.steps) {
      if (isAborted(options.signal)) break;
      const result = await showStep(lane, step, screen, options);
      // Interrupted it has neither passed nor failed.
      if (isAborted(options.signal)) break;
      tally = addTallies(tally, result.tally);
      if (!result.ok) failed.push(step);
    }
    const wasShown = waiting[0] === lane.name;
    waiting.splice(waiting.indexOf(lane.name), 1);
    if (wasShown && waiting[0] !== undefined) screen.show(waiting[0]);
  };
  await Promise.all(lanes.map(runLane));
  return { tally, failed };
}

/** Asked again after an `await`, which the compiler does not expect to change it. */
const isAborted = (signal: AbortSignal): boolean => signal.aborted;

async function showStep(
  lane: Lane,
  step: Step,
  screen: LaneScreen,
  { environment, signal, nowMs, graceMs = defaultGraceMs }: LanesOptions,
): Promise<{ readonly tally: Tally; readonly ok: boolean }> {
  const beganMs = nowMs();
  screen.begin(lane.name, step.name);
  const say = (text: string): void => screen.say(lane.name, text);
  const result = await runStep(step, { priority: lane.priority, environment, say, signal, graceMs });
  const seconds = Math.round((nowMs() - beganMs) / 1000);
  const counts = step.kind === 'tests' && !signal.aborted ? ` (${describeTally(result.tally)})` : '';
  const outcome = signal.aborted ? 'interrupted' : result.ok ? 'good' : 'FAILED';
  screen.end(lane.name, `${outcome} after ${seconds} s${counts}`);
  return result;
}
