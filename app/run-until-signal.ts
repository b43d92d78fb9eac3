/** Resolves with the first of SIGINT, SIGTERM or SIGHUP; a second one ends the process at once. */
export function firstSignal(): Promise<NodeJS.Signals> {
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  return new Promise((resolve) => {
    let first = true;
    for (const signal of signals)
      process.on(signal, () => {
        if (!first) process.exit(130);
        first = false;
        resolve(signal);
      });
  });
}
