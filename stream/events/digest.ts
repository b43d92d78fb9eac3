import { z } from 'zod';

/** What one rule did within a time, and what people made of it. Counts are of alerts that fired. */
export const ruleFiguresSchema = z.object({
  rule_id: z.string(),
  alert: z.string(),
  fired: z.number().int().min(0),
  pages: z.number().int().min(0),
  acknowledged: z.number().int().min(0),
  /** Ended without anybody having acknowledged or called it useful. */
  ended_alone: z.number().int().min(0),
  still_firing: z.number().int().min(0),
  useful: z.number().int().min(0),
  noise: z.number().int().min(0),
  /** Of those that ended, from firing to the end; null: none did. */
  mean_duration_ms: z.number().min(0).nullable(),
  /** The workload with most of them, and how many. */
  most: z.object({ workload: z.string(), fired: z.number().int().min(1) }),
});
export type RuleFigures = z.infer<typeof ruleFiguresSchema>;

/** What happened from `since_ms` until `until_ms`, for one receiver to be told. On `alerts`. */
export const digestDueSchema = z.object({
  receiver: z.string(),
  since_ms: z.number(),
  until_ms: z.number(),
  /** Those with most pages first. */
  rules: z.array(ruleFiguresSchema).max(200),
});
export type DigestDue = z.infer<typeof digestDueSchema>;
/** `id: digest/receiver/until_ms`. */
export const digestDueType = 'io.saccade.digest.due.v1';
