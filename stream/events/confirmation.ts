import { z } from 'zod';
import type { CloudEvent } from '../cloud-event.ts';

/**
 * What came of asking a rule's `confirm`. On `signals`, so that the judge sees it in its order: what it decides on is
 * in the log, and a replay decides the same.
 */
export const alertConfirmedSchema = z.object({
  fingerprint: z.string(),
  episode: z.number().int().min(1),
  /** false: hold it back. null: it could not be told, which holds nothing back. */
  confirmed: z.boolean().nullable(),
  /** For people: what was found, or why it could not be told. */
  reason: z.string().max(2_000),
});
export type AlertConfirmed = z.infer<typeof alertConfirmedSchema>;
export const alertConfirmedType = 'io.saccade.alert.confirmed.v1';
/** `partitionkey` is that of the observations of the alert's subject. */
export type AlertConfirmedEvent = CloudEvent<typeof alertConfirmedType, AlertConfirmed>;
