const longestMs = 24 * 3_600_000;

/**
 * `Retry-After` (RFC 9110, 10.2.3): seconds, or a date, which is compared with the answer's own `Date` so that a wrong
 * clock on either side does not matter. Within a day; null: absent or not understood.
 */
export function retryAfterMs(header: string | null, answeredMs: number): number | null {
  if (header === null) return null;
  const ms = /^\s*\d{1,9}\s*$/u.test(header) ? Number(header) * 1_000 : Date.parse(header) - answeredMs;
  return Number.isNaN(ms) ? null : Math.min(longestMs, Math.max(0, ms));
}
