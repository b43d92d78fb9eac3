import { setTimeout as sleep } from 'node:timers/promises';

/** Waits; rejects with the signal's reason when it is aborted. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal });
}

/** Asks until it is true, or for `withinMs` at most; resolves to the last answer. */
export async function until(
  isTrue: () => boolean | Promise<boolean>,
  withinMs: number,
  signal: AbortSignal,
): Promise<boolean> {
  const endMs = performance.now() + withinMs;
  while (!(await isTrue())) {
    if (performance.now() > endMs) return false;
    await pause(100, signal);
  }
  return true;
}
