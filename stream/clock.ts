/** Where the time comes from; injected, so that tests and replays own it. */
export interface Clock {
  /** Wall time, ms since the epoch. */
  nowMs(): number;
}

export const systemClock: Clock = { nowMs: () => Date.now() };
