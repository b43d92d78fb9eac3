/** 2026-11-21 10:15:25 UTC: a message is read in any zone. */
export const formatTime = (ms: number): string =>
  `${new Date(ms).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
