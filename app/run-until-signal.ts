const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** One Ctrl-C arrives twice under npm: the terminal signals the whole group, and npm passes its own on. */
const sameKeypressMs = 1000;

export interface SignalSource {
  on(signal: NodeJS.Signals, listener: () => void): unknown;
}

export interface SignalOptions {
  readonly source: SignalSource;
  readonly nowMs: () => number;
  /** Somebody asks again and will not wait. */
  readonly onImpatience: () => void;
}

const processSignals: SignalOptions = {
  source: process,
  nowMs: () => performance.now(),
  onImpatience: () => process.exit(130),
};

/** Resolves with the first of SIGINT, SIGTERM or SIGHUP; a second keypress ends the process at once. */
export function firstSignal(options: SignalOptions = processSignals): Promise<NodeJS.Signals> {
  const { source, nowMs, onImpatience } = options;
  return new Promise((resolve) => {
    let firstAtMs: number | undefined;
    for (const signal of signals)
      source.on(signal, () => {
        if (firstAtMs === undefined) {
          firstAtMs = nowMs();
          resolve(signal);
        } else if (nowMs() - firstAtMs >= sameKeypressMs) onImpatience();
      });
  });
}
