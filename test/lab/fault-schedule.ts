import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault, FaultScope } from './fault-script.ts';
import { type FaultCounters, injectFault } from './faults.ts';
import type { Network } from './network.ts';

/** A fault that ends by itself after `durationMs`, or at the abort of `signal`. */
export async function burst(
  receiver: Network,
  fault: Fault,
  durationMs: number,
  scope: FaultScope = {},
  signal?: AbortSignal,
): Promise<FaultCounters> {
  await using active = await injectFault(receiver, fault, scope);
  await pause(durationMs, signal);
  return active.clear();
}

export interface Ramp {
  readonly fromPercent: number;
  readonly toPercent: number;
  readonly durationMs: number;
  readonly steps: number;
}

/** Loss that grows, or shrinks, in equal steps, then ends. */
export async function ramp(
  receiver: Network,
  course: Ramp,
  scope: FaultScope = {},
  signal?: AbortSignal,
): Promise<FaultCounters> {
  await using active = await injectFault(receiver, { kind: 'loss', percent: course.fromPercent }, scope);
  for (const percent of rampPercents(course)) {
    await active.change({ kind: 'loss', percent });
    await pause(course.durationMs / course.steps, signal);
    if (signal?.aborted === true) break;
  }
  return active.clear();
}

/** The steps of a ramp, both ends included. */
export function rampPercents(course: Ramp): readonly number[] {
  if (course.steps < 2) throw new RangeError('a ramp has at least two steps');
  const stride = (course.toPercent - course.fromPercent) / (course.steps - 1);
  return Array.from({ length: course.steps }, (_, step) => course.fromPercent + stride * step);
}

/** An abort ends the wait early and is no failure: the fault is cleared either way. */
async function pause(durationMs: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await sleep(durationMs, undefined, signal === undefined ? {} : { signal });
  } catch (error) {
    if (signal?.aborted !== true) throw error;
  }
}
