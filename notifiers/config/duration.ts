import { z } from 'zod';

const units = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const;

/** `200ms`, `5s`, `1h30m` to milliseconds; undefined if it is not a duration. */
export function parseDurationMs(text: string): number | undefined {
  if (text === '0') return 0;
  if (!/^(?:\d+(?:\.\d+)?(?:ms|[smhdw]))+$/u.test(text)) return undefined;
  let total = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|[smhdw])/gu))
    total += Number(amount) * units[unit as keyof typeof units];
  return total;
}

/** A duration as people write it, parsed to milliseconds. */
export const durationSchema = z
  .string()
  .refine((text) => parseDurationMs(text) !== undefined, 'not a duration: write 200ms, 30s, 5m, 4h or 1d')
  .transform((text) => parseDurationMs(text) ?? 0);
