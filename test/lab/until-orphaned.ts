/**
 * Ends a program of the lab at its deadline, on SIGTERM or SIGINT, and when whoever started it is gone: its standard
 * input, a pipe that is never written to, then ends.
 */
export function untilOrphaned(deadlineMs: number): AbortSignal {
  const ending = new AbortController();
  const end = (): void => ending.abort();
  setTimeout(end, deadlineMs).unref();
  process.once('SIGTERM', end).once('SIGINT', end);
  process.stdin.on('end', end).on('error', end).resume();
  return ending.signal;
}
