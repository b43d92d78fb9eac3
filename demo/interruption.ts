/** Somebody pressed Ctrl-C, or the system asks us to end. */
class Interruption extends Error {
  override readonly name = 'Interruption';
}

/** The first signal ends the demo in order; the second at once (the kernel and the next run clean up). */
export function untilInterrupted(): AbortSignal {
  const interruption = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => {
      if (interruption.signal.aborted) process.exit(130);
      interruption.abort(new Interruption());
    });
  return interruption.signal;
}
