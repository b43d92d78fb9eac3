import { z } from 'zod';

/** The question that a user's function is asked for a rule's `confirm`; it never enters the stream. */
export const factAskedType = 'io.saccade.fact.asked.v1';
/** Its answer. null: not known. */
export const factToldSchema = z.object({
  value: z.union([z.string().max(1_000), z.number(), z.boolean(), z.null()]),
});
export const factToldType = 'io.saccade.fact.told.v1';
