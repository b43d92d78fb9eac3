import { z } from 'zod';
import { parseDurationMs, parseSizeBytes } from './quantities.ts';

/** A duration as people write it (`0`, `200ms`, `1h30m`), parsed to milliseconds. */
export const durationSchema = z
  .string()
  .transform((text, context) => {
    const ms = text === '0' ? 0 : parseDurationMs(text);
    if (ms !== undefined) return ms;
    context.addIssue({ code: 'custom', message: 'not a duration: write 200ms, 30s, 5m, 4h or 1d' });
    return z.NEVER;
  })
  .meta({ title: 'duration' });

/** A size as people write it (`500kB`, `20MB`, `2GiB`), parsed to bytes. */
export const byteSizeSchema = z
  .string()
  .transform((text, context) => {
    const bytes = parseSizeBytes(text);
    if (bytes !== undefined) return bytes;
    context.addIssue({ code: 'custom', message: 'not a size: write 500kB, 20MB or 2GiB' });
    return z.NEVER;
  })
  .meta({ title: 'size' });
